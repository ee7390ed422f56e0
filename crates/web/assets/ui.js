// Enhancement only: every page reads and every form posts without this file.
(() => {
  const $ = (selector, within = document) => within.querySelector(selector);
  const $$ = (selector, within = document) => [...within.querySelectorAll(selector)];
  const root = document.documentElement;
  const token = () => $('meta[name=csrf]')?.content ?? '';
  const part = (url) => fetch(url, { headers: { 'HX-Request': 'true' } });
  const send = (url, fields) => fetch(url, { method: 'POST', keepalive: true, headers: { 'HX-Request': 'true' }, body: new URLSearchParams(fields) });

  // ---- Times: the server writes UTC, the same format is written in the reader's zone.
  const zone = root.dataset.zone || Intl.DateTimeFormat().resolvedOptions().timeZone || 'UTC';
  const pieces = (date) => {
    const format = new Intl.DateTimeFormat('en-GB', { timeZone: zone, day: 'numeric', month: 'short', year: 'numeric', hour: '2-digit', minute: '2-digit', second: '2-digit', hourCycle: 'h23' });
    return Object.fromEntries(format.formatToParts(date).map((one) => [one.type, one.value]));
  };
  const day = (at, now) => `${at.day} ${at.month.slice(0, 3)}${at.year === now.year ? '' : ` ${at.year}`}`;
  const told = (date, form) => {
    const age = (Date.now() - date) / 1000, at = pieces(date), now = pieces(new Date());
    const text = day(at, now) === day(now, now) && at.year === now.year ? `today ${at.hour}:${at.minute}` : `${day(at, now)} ${at.hour}:${at.minute}`;
    if (form === 'clock') return `${at.hour}:${at.minute}:${at.second}.${String(date.getMilliseconds()).padStart(3, '0')}`;
    if (form === 'day') return day(at, now);
    if (form !== 'ago' || age < -60) return text;
    if (age < 5) return 'just now';
    if (age < 60) return `${Math.floor(age)} s ago`;
    if (age < 3600) return `${Math.floor(age / 60)} min ago`;
    if (age < 86400) return `${Math.floor(age / 3600)} h ago`;
    return day(at, now);
  };
  const times = () => $$('time[datetime]').forEach((one) => {
    const text = told(new Date(one.dateTime), one.dataset.form);
    if (one.textContent !== text) one.textContent = text;
  });
  setInterval(() => { if (!document.hidden) times(); }, 20000);

  // ---- Notes: 10 s, held by focus or pointer.
  const notes = () => $$('#toasts .toast').forEach((toast) => {
    if (toast.dataset.seen) return;
    toast.dataset.seen = '1';
    const away = () => { if (toast.matches(':hover, :focus-within')) setTimeout(away, 2000); else toast.remove(); };
    setTimeout(away, 10000);
  });
  const say = (text, undo) => {
    const toast = Object.assign(document.createElement('div'), { className: 'toast' });
    toast.setAttribute('role', 'status');
    toast.append(Object.assign(document.createElement('span'), { textContent: text }));
    if (undo) {
      const button = Object.assign(document.createElement('button'), { type: 'button', textContent: 'Undo z' });
      button.dataset.undo = '';
      button.addEventListener('click', () => { undo(); toast.remove(); });
      toast.append(button);
    }
    $('#toasts')?.replaceChildren(toast);
    notes();
    return toast;
  };

  // ---- Lists.
  let at = -1, from = -1;
  const rows = () => $$('.row').filter((row) => !row.hidden);
  const box = (row) => $('input[type=checkbox]', row);
  const go = (to) => {
    const all = rows();
    if (!all.length) return;
    $$('.row.at').forEach((row) => row.classList.remove('at'));
    at = Math.max(0, Math.min(all.length - 1, to));
    all[at].classList.add('at');
    $('.title a', all[at])?.focus({ preventScroll: true });
    all[at].scrollIntoView({ block: 'nearest' });
    if (all[at].id) sessionStorage.setItem('at', all[at].id);
  };
  const pick = (row, set) => { const one = row && box(row); if (one) one.checked = set ?? !one.checked; };

  // Deleting is held back for as long as it can be undone.
  const held = [];
  const hold = (button) => {
    const form = button.form, picked = rows().filter((row) => box(row)?.checked);
    if (!picked.length || $('[name=all]:checked', form)) return false;
    const fields = [...new FormData(form), ['action', 'delete'], ['confirm', 'yes']];
    picked.forEach((row) => { row.hidden = true; box(row).checked = false; });
    const job = { done: () => { if (job.over) return; job.over = true; send(form.getAttribute('action'), fields); } };
    held.push(job);
    setTimeout(job.done, 10000);
    say(picked.length === 1 ? '1 error deleted' : `${picked.length} errors deleted`, () => { job.over = true; picked.forEach((row) => { row.hidden = false; pick(row, true); }); });
    return true;
  };
  addEventListener('pagehide', () => held.forEach((job) => job.done()));

  // ---- Dialogs: their content is fetched when they are first opened.
  const dialog = async (id, address) => {
    const box = $(id);
    if (!box || box.open) return;
    const answer = await part(address);
    if (!answer.ok) { location.assign(address); return; }
    box.innerHTML = await answer.text();
    box.showModal();
    $('input', box)?.focus();
  };
  let asked = 0;
  const find = (input) => {
    const mine = ++asked;
    setTimeout(async () => {
      if (mine !== asked) return;
      const answer = await part(`/find?q=${encodeURIComponent(input.value)}`);
      if (!answer.ok || mine !== asked) return;
      const fresh = new DOMParser().parseFromString(await answer.text(), 'text/html');
      $('#found')?.replaceChildren(...$('#found', fresh).childNodes);
      choose(0);
    }, 120);
  };
  const choose = (step) => {
    const options = $$('#found .found');
    if (!options.length) return;
    let now = options.findIndex((one) => one.getAttribute('aria-selected') === 'true');
    now = step === 0 ? 0 : Math.max(0, Math.min(options.length - 1, now + step));
    options.forEach((one, place) => { one.setAttribute('aria-selected', String(place === now)); one.id = `option-${place}`; });
    $('.ask input')?.setAttribute('aria-activedescendant', `option-${now}`);
    options[now].scrollIntoView({ block: 'nearest' });
  };

  // ---- Changes as they happen: counts change in place, rows never appear by themselves.
  let stream = null, failures = 0;
  const news = new Set();
  const unlive = () => { stream?.close(); stream = null; };
  const number = (value) => value.toLocaleString('en-US');
  const count = (data) => {
    const row = document.getElementById(`e-${data.id}`);
    if (row) {
      $('[data-count]', row).textContent = number(data.count);
      const users = $('[data-users]', row), last = $('[data-last] time', row);
      if (users) users.textContent = number(data.users);
      if (last) { last.dateTime = data.last_seen; last.textContent = told(new Date(data.last_seen), 'ago'); }
    }
    const newer = $('#newer');
    if (newer?.dataset.error === data.id) {
      newer.dataset.base ??= String(data.total_count - 1);
      newer.textContent = `${number(data.total_count - Number(newer.dataset.base))} newer, show`;
      newer.hidden = false;
    }
  };
  const fresh = (data) => {
    if ($('[data-first]')) { location.assign(`/errors?project=${$('[data-first]').dataset.first}`); return; }
    if (document.getElementById(`e-${data.id}`)) return;
    const pill = $('#news');
    if (!pill) return;
    news.add(data.id);
    $('span', pill).textContent = `${number(news.size)} new`;
    pill.hidden = false;
  };
  const live = () => {
    unlive();
    const place = $('#live') ?? $('[data-first]') ?? $('#newer');
    if (!place || document.hidden || !window.EventSource) return;
    const query = new URLSearchParams();
    if (place.dataset.live) query.set('query', place.dataset.live);
    const project = place.dataset.project || place.dataset.first;
    if (project) query.set('project', project);
    stream = new EventSource(`/api/stream?${query}`);
    const on = (name, act) => stream.addEventListener(name, (event) => act(JSON.parse(event.data)));
    stream.onopen = () => { failures = 0; const mark = $('#live'); if (mark) { mark.hidden = false; mark.classList.remove('off'); } };
    stream.onerror = () => { failures += 1; if (failures >= 3) { unlive(); $('#live')?.classList.add('off'); say('Live updates stopped. Reload to see what is new.'); } };
    on('error.counts', count);
    on('error.new', fresh);
    on('error.regressed', fresh);
    on('error.changed', (data) => { if (!data.resolved) fresh(data); });
    on('error.deleted', (data) => document.getElementById(`e-${data.id}`)?.remove());
    on('reset', () => fresh({ id: 'reset' }));
  };
  document.addEventListener('visibilitychange', live);
  addEventListener('pagehide', unlive);
  addEventListener('pageshow', (event) => { if (event.persisted) { live(); times(); } });

  // ---- Pointer.
  document.addEventListener('click', (event) => {
    const on = (selector) => event.target.closest?.(selector);
    const copy = on('[data-copy]');
    if (copy) {
      const what = $(copy.dataset.copy), label = $('span', copy), was = label?.textContent;
      navigator.clipboard?.writeText((what?.value ?? what?.innerText ?? '').trim());
      if (label) { label.textContent = 'Copied'; setTimeout(() => { label.textContent = was; }, 1600); }
    }
    const opens = on('[data-open]');
    if (opens && !event.ctrlKey && !event.metaKey) { event.preventDefault(); dialog(opens.dataset.open, opens.getAttribute('href')); }
    const theme = on('.theme button');
    if (theme) {
      event.preventDefault();
      if (theme.value === 'system') delete root.dataset.theme; else root.dataset.theme = theme.value;
      $$('.theme button').forEach((one) => one.setAttribute('aria-pressed', String(one.value === theme.value)));
      send('/theme', { csrf: token(), theme: theme.value });
    }
    const button = on('[data-hold]');
    if (button && hold(button)) event.preventDefault();
    if (event.target.matches?.('dialog')) event.target.close();
    $$('details.menu[open]').forEach((menu) => { if (!menu.contains(event.target)) menu.open = false; });
  });
  document.addEventListener('change', (event) => {
    if (event.target.matches('[data-all]')) rows().forEach((row) => pick(row, event.target.checked));
    if (event.target.matches('[data-submit]')) event.target.form.requestSubmit();
    const rowOf = event.target.closest('.row');
    if (rowOf) { at = from = rows().indexOf(rowOf); }
  });
  document.addEventListener('input', (event) => { if (event.target.matches('#palette .ask input')) find(event.target); });
  // What was searched for is walked through next.
  document.addEventListener('submit', (event) => { if (event.target.matches('form.search')) $('#q')?.blur(); });
  document.addEventListener('focusin', (event) => {
    const list = event.target.matches('[list=zones]') && event.target.list;
    if (list && !list.options.length) list.append(...Intl.supportedValuesOf('timeZone').map((one) => new Option(one, one)));
  });

  // ---- Keyboard.
  const places = { e: '/errors', d: '/dashboard', a: '/alerts', i: '/incidents', r: '/releases', m: '/monitoring', s: '/settings' };
  const seen = (one) => one.offsetParent !== null || one.closest('.pop, .bulk');
  const act = (key) => {
    const button = $$(`[data-key="${key}"]`).find((one) => !one.hidden && seen(one));
    if (!button) return false;
    if (button.closest('.bulk') && !rows().some((row) => box(row)?.checked)) {
      if (at < 0) return false;
      pick(rows()[at], true);
    }
    button.click();
    if (button.matches('summary')) $('.pop button, .pop a', button.parentElement)?.focus();
    return true;
  };
  const keys = {
    j: () => act('j') || go(at + 1),
    k: () => act('k') || go(at - 1),
    o: () => $('.title a', rows()[at])?.click(),
    x: () => { pick(rows()[at]); from = at; },
    X: () => rows().slice(Math.min(from, at), Math.max(from, at) + 1).forEach((row) => pick(row, true)),
    z: () => $('[data-undo]')?.click(),
    '/': () => $('#q')?.focus(),
    '?': () => dialog('#keys', '/help/keys'),
    c: () => $('[data-focus=c]')?.focus(),
    t: () => { const folds = $$('.fold'), open = !folds.every((one) => one.open); folds.forEach((one) => { one.open = open; }); },
  };
  let lead = 0;
  document.addEventListener('keydown', (event) => {
    if ((event.metaKey || event.ctrlKey) && event.key === 'k') { event.preventDefault(); dialog('#palette', '/find'); return; }
    if (event.target.matches?.('.ask input')) {
      const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
      if (step) { event.preventDefault(); choose(step); }
      const chosen = $('#found [aria-selected=true]');
      if (event.key === 'Enter' && chosen) { event.preventDefault(); location.assign(chosen.href); }
      return;
    }
    if (event.key === 'Escape') {
      const menu = $('details.menu[open]');
      if (menu) { menu.open = false; $('summary', menu).focus(); return; }
      if (event.target.matches('input, textarea')) { event.target.blur(); return; }
      rows().forEach((row) => pick(row, false));
    }
    const typing = event.target.closest?.('input:not([type=checkbox]):not([type=radio]), textarea, select, [contenteditable]');
    if (event.metaKey || event.ctrlKey || event.altKey || typing || $('dialog[open]') || root.dataset.keys === 'off') return;
    if (Date.now() - lead < 1000 && places[event.key]) { lead = 0; location.assign(places[event.key]); return; }
    if (event.key === 'g') { lead = Date.now(); return; }
    if (keys[event.key]) { event.preventDefault(); keys[event.key](); } else if (act(event.key)) event.preventDefault();
  });

  // ---- What was swapped in by htmx is made to work; what failed is said, and the page stays.
  document.addEventListener('htmx:responseError', async (event) => {
    const page = new DOMParser().parseFromString(event.detail.xhr.responseText, 'text/html');
    say($('b', page)?.textContent || 'That did not work. Try again.');
  });
  document.addEventListener('htmx:sendError', () => say('The server does not answer. Try again.'));
  const ready = () => {
    $$('[data-all]').forEach((one) => { one.hidden = false; });
    times(); notes(); news.clear();
    at = rows().findIndex((row) => row.id && row.id === sessionStorage.getItem('at'));
    if (at >= 0) rows()[at].classList.add('at');
    live();
  };
  let chosen = [];
  document.addEventListener('htmx:beforeSwap', () => { chosen = rows().filter((row) => box(row)?.checked).map((row) => row.id); });
  document.addEventListener('htmx:afterSettle', () => { chosen.forEach((id) => { const row = document.getElementById(id); if (row) pick(row, true); }); ready(); });
  ready();
})();
