/** The part of the page's script that draws: from JSON to elements. Text of the browser's, see `script.ts`. */
export const SHOW = `
function element(tag, attributes, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  for (const child of children.flat()) if (child !== null && child !== undefined) made.append(child);
  return made;
}

function link(view, id, text) {
  const hash = '#' + view + '/' + encodeURIComponent(id);
  return element('a', { href: hash, 'data-key': hash }, text);
}

const clock = new Intl.DateTimeFormat(undefined, { dateStyle: 'short', timeStyle: 'medium' });
function time(iso) {
  return element('time', { datetime: iso, title: iso }, clock.format(new Date(iso)));
}

function nameOf(contact) {
  return contact.email || contact.mobile || contact.externalId || contact.id;
}

function chips(pairs) {
  const entries = Object.entries(pairs);
  return entries.length === 0 ? null : element('div', { class: 'chips' }, entries.map(([name, value]) => element('code', {}, name + '=' + value)));
}

function empty(text) {
  return [element('p', { class: 'empty' }, text)];
}

function table(caption, heads, rows) {
  return element('table', { 'aria-label': caption },
    element('thead', {}, element('tr', {}, heads.map((head) => element('th', { scope: 'col' }, head)))),
    element('tbody', {}, rows.map((cells) => element('tr', {}, cells.map((cell) => element('td', {}, cell))))));
}

const SAID = { message_opened: 'opened', message_clicked: 'clicked', message_bounced: 'bounced', message_replied: 'replied', message_unsubscribed: 'unsubscribed' };
const DOES = { open: 'Open', click: 'Click', bounce: 'Bounce', reply: 'Reply', unsubscribe: 'Unsubscribe' };

function message(sent, withContact) {
  const says = sent.reactions.map(({ event, time }) => element('span', { class: 'tag ' + (event === 'message_bounced' || event === 'message_unsubscribed' ? 'bad' : 'good'), title: time }, SAID[event]));
  const acts = Object.entries(DOES).filter(([kind]) => (kind === 'reply') === (sent.channel === 'sms') || kind === 'bounce').map(([kind, label]) => {
    const button = element('button', { type: 'button', 'data-key': sent.id + kind, 'aria-label': label + ' ' + sent.message + ' as ' + nameOf(sent) }, label);
    button.addEventListener('click', () => react(sent, kind));
    return button;
  });
  return element('li', {},
    element('div', { class: 'head' },
      element('b', {}, sent.message),
      element('span', { class: 'tag' }, sent.channel),
      withContact ? link('contact', sent.contact, nameOf({ email: sent.email, mobile: sent.mobile, id: sent.contact })) : null,
      sent.app === null ? null : element('span', { class: 'dim' }, 'to ' + sent.app),
      says,
      time(sent.at)),
    chips(sent.parameters),
    element('div', { class: 'chips' }, acts, sent.transactionId === null ? null : element('span', { class: 'dim' }, sent.transactionId)));
}

async function react(sent, kind) {
  const answer = await fetch('/messages/' + encodeURIComponent(sent.id) + '/' + kind, { method: 'POST' });
  const told = await answer.json();
  const status = document.getElementById('status');
  if (!answer.ok) status.textContent = told.message;
  else if (told.sentTo === null) status.textContent = SAID[told.reaction.event] + ': noted here, and reported to nobody, as there is no feedback URL';
  else status.textContent = SAID[told.reaction.event] + ': reported to ' + told.sentTo + ', which answered ' + (told.status === null ? 'nothing' : told.status);
}

function messages(sent, withContact) {
  return element('ol', { 'aria-label': 'Messages' }, sent.map((one) => message(one, withContact)));
}

function groupTags(groups) {
  return groups.map(({ name, state }) => element('span', { class: state === 'unsubscribed' ? 'tag bad' : 'tag' }, state === 'member' ? name : name + ' (' + state + ')'));
}

function contacts(view) {
  if (view.items.length === 0) return empty('No contacts.');
  return [table('Contacts', ['Contact', 'Groups', 'Attributes', 'Messages'], view.items.map((one) => [
    [link('contact', one.id, nameOf(one)), one.email && one.mobile ? element('div', { class: 'dim' }, one.mobile) : null],
    element('div', { class: 'chips' }, groupTags(one.groups)), String(one.attributes), String(one.messages)]))];
}

function contact(one) {
  const identifiers = [['id', one.id], ['e-mail', one.email], ['mobile', one.mobile], ['external id', one.externalId]].filter(([, value]) => value !== null);
  const states = [['member', one.groups], ['invited', one.invited], ['unsubscribed', one.unsubscribed]];
  const groups = states.flatMap(([state, list]) => list.map(({ name }) => ({ name, state })));
  const known = ['id', 'email', 'mobile', 'externalId', 'attributes', 'groups', 'invited', 'unsubscribed', 'messages'];
  const records = Object.entries(one).filter(([name]) => !known.includes(name));
  return [
    element('h2', {}, nameOf(one)),
    table('Identifiers', ['Identifier', 'Value'], identifiers),
    element('h3', {}, 'Groups'),
    groups.length === 0 ? element('p', { class: 'dim' }, 'none') : element('div', { class: 'chips' }, groupTags(groups)),
    element('h3', {}, 'Attributes'),
    Object.keys(one.attributes).length === 0 ? element('p', { class: 'dim' }, 'none') : table('Attributes', ['Attribute', 'Value'], Object.entries(one.attributes)),
    ...records.flatMap(([name, value]) => [element('h3', {}, name), element('pre', { tabindex: '0' }, JSON.stringify(value, null, 2))]),
    element('h3', {}, 'Messages'),
    one.messages.items.length === 0 ? element('p', { class: 'dim' }, 'none') : messages(one.messages.items, false),
  ];
}

function journal(view) {
  if (view.items.length === 0) return empty('No calls yet.');
  return [table('Calls', ['No.', 'When', 'Call', 'Answer', 'What'], view.items.map(({ seq, at, size, events }) => {
    const [first] = events;
    const call = first.accepted ? first.subtype + (first.batch === null ? '' : ' × ' + size) : first.method + ' ' + first.path;
    const answer = element('span', { class: first.accepted ? 'good' : 'bad' }, first.status === null ? 'dropped' : String(first.status));
    const what = first.accepted
      ? [...events.map(({ body }) => element('div', {}, element('code', {}, JSON.stringify(body)))), size > events.length ? element('div', { class: 'dim' }, 'and ' + (size - events.length) + ' more') : null]
      : first.reason;
    return [String(seq), time(at), call, answer, what];
  }))];
}

function feedback(view) {
  const target = element('p', { class: 'dim' }, view.target === null ? 'Reported to nobody: flows sandbox --feedback URL, or PUT /feedback, names a receiver.' : 'Reported to ' + view.target);
  if (view.items.length === 0) return [target, ...empty('Nothing to complain about.')];
  return [target, table('Feedback', ['When', 'Code', 'Subtype', 'What is wrong', 'Event'], view.items.map((item) => [
    item.actionTime, element('b', {}, item.errorCode), item.mappingName, item.description, element('code', {}, JSON.stringify(item.actionParams))]))];
}

const VIEWS = {
  messages: { path: 'messages', under: 'messages', noun: 'messages', show: (view) => (view.items.length === 0 ? empty('No messages yet: what is sent to this sandbox shows up by itself.') : [messages(view.items, true)]) },
  contacts: { path: 'contacts', under: 'contacts', noun: 'contacts', show: contacts },
  contact: { path: 'contact', under: 'contacts', key: 'id', show: contact },
  groups: { path: 'groups', under: 'groups', noun: 'groups', show: (view) => (view.items.length === 0 ? empty('No groups.') : [table('Groups', ['Group', 'Id', 'Members'], view.items.map(({ id, name, members }) => [link('group', id, name), id, String(members)]))]) },
  group: { path: 'contacts', under: 'groups', key: 'group', noun: 'contacts', show: (view) => [element('h2', {}, view.group), ...contacts(view)] },
  journal: { path: 'journal', under: 'journal', noun: 'calls', show: journal },
  feedback: { path: 'feedback', under: 'feedback', noun: 'reports', show: feedback },
};
`;
