import { SHOW } from './script-show.ts';

/**
 * The page's script, as text: it runs in browsers, which nothing else here does. Everything shown becomes a text node, never
 * markup. `SHOW` draws one view each; this part knows which one, fetches it when something has changed, and keeps the focus.
 */
export const SCRIPT = `'use strict';
${SHOW}
const search = document.getElementById('search');
const status = document.getElementById('status');
const content = document.getElementById('content');
let drawn = '';
let wanted = 0;

/** '#contact/1000001' is { view: 'contact', id: '1000001' }. */
function place() {
  const [view, ...id] = location.hash.slice(1).split('/');
  return { view: VIEWS[view] ? view : 'messages', id: decodeURIComponent(id.join('/')) };
}

async function refresh() {
  const turn = ++wanted;
  const { view, id } = place();
  const { path, show, under } = VIEWS[view];
  const query = new URLSearchParams({ q: search.value, ...(id === '' ? {} : { [VIEWS[view].key]: id }) });
  let answer;
  try {
    answer = await fetch('/inbox/' + path + '?' + query);
    const text = await answer.text();
    if (turn !== wanted) return; // a later one is on its way
    const what = view + id + query + text;
    if (what === drawn) return;
    drawn = what;
    for (const link of document.querySelectorAll('nav a')) {
      if (link.hash === '#' + under) link.setAttribute('aria-current', 'page');
      else link.removeAttribute('aria-current');
    }
    const focused = document.activeElement && document.activeElement.dataset ? document.activeElement.dataset.key : undefined;
    const data = JSON.parse(text);
    content.replaceChildren(...(answer.ok ? show(data, id) : [element('p', { class: 'empty' }, data.message)]));
    status.textContent = answer.ok ? summary(view, data) : '';
    if (focused) {
      const again = content.querySelector('[data-key="' + CSS.escape(focused) + '"]');
      if (again) again.focus({ preventScroll: true });
    }
  } catch {
    drawn = '';
    status.textContent = 'The sandbox does not answer; the page goes on when it does.';
  }
}

function summary(view, data) {
  if (view === 'contact') return data.messages.total + ' messages';
  const found = data.items.length + (data.more ? ' shown, there are more' : ' shown');
  return data.total + ' ' + VIEWS[view].noun + ', ' + found + (search.value === '' ? '' : ', for “' + search.value + '”');
}

search.value = new URLSearchParams(location.search).get('q') || '';
search.addEventListener('input', () => {
  const url = search.value === '' ? location.pathname : '?q=' + encodeURIComponent(search.value);
  history.replaceState(null, '', url + location.hash);
  refresh();
});
addEventListener('keydown', (event) => {
  if (event.key === '/' && document.activeElement !== search && !event.ctrlKey && !event.metaKey) {
    event.preventDefault();
    search.focus();
  } else if (event.key === 'Escape' && document.activeElement === search) {
    search.value = '';
    search.dispatchEvent(new Event('input'));
  }
});
addEventListener('hashchange', () => {
  content.replaceChildren();
  drawn = '';
  scrollTo(0, 0);
  refresh();
});
document.addEventListener('visibilitychange', () => {
  if (!document.hidden) refresh();
});
const changes = new EventSource('/inbox/changes');
changes.onmessage = () => {
  if (!document.hidden) refresh();
};
changes.onerror = () => {
  status.textContent = 'The sandbox does not answer; the page goes on when it does.';
  drawn = '';
};
refresh();
`;
