import type { Account, SentMessage } from './account.ts';
import type { Contact } from './contacts.ts';

/** Contacts and messages that one page shows at most. */
const MOST_CONTACTS = 100;
const MOST_MESSAGES = 20;

/** The inbox: every contact with attributes, groups and messages, those with the newest message first. */
export function page(account: Account, groupName: (id: string) => string, query: string): string {
  const messages = new Map<string, SentMessage[]>();
  for (const message of account.messages.toReversed()) {
    const of = messages.get(message.contact);
    if (of === undefined) messages.set(message.contact, [message]);
    else of.push(message);
  }
  const written = [...messages.keys()].flatMap((id) => account.contacts.get(id) ?? []);
  const silent = [...account.contacts.all()].filter((contact) => !messages.has(contact.id));
  const wanted = query.trim().toLowerCase();
  const found = [...written, ...silent].filter(
    (contact) => wanted === '' || haystack(contact, messages.get(contact.id) ?? [], groupName).includes(wanted),
  );
  const cards = found
    .slice(0, MOST_CONTACTS)
    .map((contact) => card(contact, messages.get(contact.id) ?? [], groupName));
  const shown = found.length > MOST_CONTACTS ? `, the first ${MOST_CONTACTS} shown` : '';
  const feedback = account.feedback.slice(-5).toReversed();
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Mapp sandbox</title>
<style>${STYLE}</style>
<script src="/refresh.js" defer></script>
<header><h1>Mapp sandbox</h1><form><input type="search" name="q" value="${html(query)}" placeholder="Search" aria-label="Search"></form></header>
<main>
<p>${account.messages.length} messages, ${account.contacts.size} contacts; ${found.length} found${shown}</p>
${cards.join('\n') || '<p>Nothing here yet: events sent to this sandbox show up by themselves.</p>'}
${feedback.length === 0 ? '' : `<h2>Feedback (${account.feedback.length})</h2>`}
${feedback.map((item) => `<p><b>${html(item.errorCode)}</b> ${html(item.mappingName)}: ${html(item.description)}</p>`).join('\n')}
</main>
</html>
`;
}

function card(contact: Contact, messages: readonly SentMessage[], groupName: (id: string) => string): string {
  const names = [contact.email, contact.mobile, contact.externalId].filter((name) => name !== null);
  const groups = [...contact.groups].map(
    ([id, state]) => `<span class="${state}">${html(groupName(id))}${state === 'member' ? '' : ` (${state})`}</span>`,
  );
  const rest = messages.length - MOST_MESSAGES;
  return `<article>
<h2>${html(names.join(' · ') || contact.id)}</h2>
<p>${groups.join(' ')}</p>
${pairs(Object.fromEntries(contact.attributes))}
<ol>
${messages.slice(0, MOST_MESSAGES).map(line).join('\n')}
</ol>
${rest > 0 ? `<p>and ${rest} older</p>` : ''}
</article>`;
}

function line(message: SentMessage): string {
  const app = message.app === null ? '' : ` to ${html(message.app)}`;
  return `<li><time>${html(message.at)}</time> <i>${message.channel}</i> <b>${html(message.message)}</b>${app} ${pairs(message.parameters)}</li>`;
}

function pairs(values: { readonly [name: string]: string }): string {
  return Object.entries(values)
    .map(([name, value]) => `<code>${html(name)}=${html(value)}</code>`)
    .join(' ');
}

function haystack(contact: Contact, messages: readonly SentMessage[], groupName: (id: string) => string): string {
  const { id, email, mobile, externalId } = contact;
  const groups = [...contact.groups.keys()].map(groupName);
  return JSON.stringify([id, email, mobile, externalId, [...contact.attributes], groups, messages]).toLowerCase();
}

/** Text as HTML shows it. */
function html(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}

const STYLE = `
body { font: 15px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 0 auto; padding: 1rem; color-scheme: light dark; }
header { display: flex; justify-content: space-between; align-items: center; }
article { border: 1px solid #8886; border-radius: 8px; padding: .25rem 1rem; margin: 1rem 0; }
h1, h2 { font-size: 1.1rem; margin: .5rem 0; }
code { background: #8882; border-radius: 4px; padding: 0 .3em; overflow-wrap: anywhere; }
span { border: 1px solid #8886; border-radius: 1em; padding: 0 .6em; }
ol { list-style: none; padding: 0; }
time { opacity: .6; font-variant-numeric: tabular-nums; }`;

/** Fetches the page anew every second and as one types, and puts the new `main` in the place of the old one. */
export const REFRESH_SCRIPT = `
const search = document.querySelector('input');
async function refresh() {
  if (document.hidden) return;
  try {
    const answer = await fetch('/?q=' + encodeURIComponent(search.value));
    const next = new DOMParser().parseFromString(await answer.text(), 'text/html').querySelector('main');
    if (next.innerHTML !== document.querySelector('main').innerHTML) document.querySelector('main').replaceWith(next);
  } catch {} // the sandbox is away: keep what is shown
}
search.addEventListener('input', () => {
  history.replaceState(null, '', search.value === '' ? '/' : '/?q=' + encodeURIComponent(search.value));
  refresh();
});
setInterval(refresh, 1000);
`;
