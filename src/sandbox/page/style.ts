export const STYLE = `
:root {
  color-scheme: light dark;
  --line: light-dark(#d9dce3, #3a3f4b);
  --soft: light-dark(#f4f5f8, #23262e);
  --dim: light-dark(#5c6370, #a3a9b5);
  --mark: light-dark(#0b57d0, #8ab4f8);
  --good: light-dark(#146c2e, #7fd69a);
  --bad: light-dark(#b3261e, #f2a8a2);
}
* { box-sizing: border-box; }
body { font: 15px/1.5 system-ui, sans-serif; max-width: 68rem; margin: 0 auto; padding: 0 1rem 3rem; }
header { display: flex; flex-wrap: wrap; gap: .5rem 1.5rem; align-items: center; padding: .75rem 0; position: sticky; top: 0; background: Canvas; border-bottom: 1px solid var(--line); z-index: 1; }
h1 { font-size: 1.05rem; margin: 0; }
h2 { font-size: 1.15rem; margin: 1rem 0 .5rem; overflow-wrap: anywhere; }
h3 { font-size: .95rem; margin: 1.25rem 0 .25rem; color: var(--dim); }
nav { display: flex; gap: .25rem; flex: 1; }
nav a { padding: .25rem .7rem; border-radius: 1rem; color: inherit; text-decoration: none; }
nav a:hover { background: var(--soft); }
nav a[aria-current] { background: var(--mark); color: Canvas; }
input { font: inherit; padding: .3rem .75rem; border: 1px solid var(--line); border-radius: 1rem; width: 16rem; max-width: 100%; background: Field; color: FieldText; }
:focus-visible { outline: 2px solid var(--mark); outline-offset: 2px; }
a { color: var(--mark); }
.skip { position: absolute; left: -99rem; }
.skip:focus { left: 1rem; top: .5rem; background: Canvas; padding: .25rem .5rem; z-index: 2; }
#status { color: var(--dim); font-size: .85rem; margin: .6rem 0; }
#content:focus { outline: none; }
.empty { color: var(--dim); padding: 2rem 0; }
ol { list-style: none; margin: 0; padding: 0; }
li { border-bottom: 1px solid var(--line); padding: .55rem 0; content-visibility: auto; contain-intrinsic-size: auto 3.5rem; }
.head { display: flex; flex-wrap: wrap; gap: .1rem .75rem; align-items: baseline; }
.head time { margin-left: auto; }
time { color: var(--dim); font-size: .85rem; font-variant-numeric: tabular-nums; white-space: nowrap; }
.chips { display: flex; flex-wrap: wrap; gap: .25rem; margin-top: .2rem; }
code { background: var(--soft); border-radius: 4px; padding: 0 .35em; font-size: .85rem; overflow-wrap: anywhere; white-space: pre-wrap; }
.tag { border: 1px solid var(--line); border-radius: 1em; padding: 0 .6em; font-size: .82rem; }
.good { color: var(--good); }
.bad { color: var(--bad); }
.dim { color: var(--dim); }
button { font: inherit; font-size: .82rem; border: 1px solid var(--line); border-radius: 1em; background: none; color: inherit; padding: 0 .6em; cursor: pointer; }
button:hover { background: var(--soft); }
table { border-collapse: collapse; width: 100%; }
th, td { text-align: left; padding: .35rem .75rem .35rem 0; border-bottom: 1px solid var(--line); vertical-align: top; overflow-wrap: anywhere; }
th { color: var(--dim); font-weight: 500; font-size: .85rem; white-space: nowrap; min-width: 5rem; }
table[aria-label=Attributes] th:first-child, table[aria-label=Identifiers] th:first-child { width: 14rem; }
pre { background: var(--soft); border-radius: 6px; padding: .5rem .75rem; overflow: auto; margin: .25rem 0; font-size: .82rem; white-space: pre-wrap; overflow-wrap: anywhere; }
`;
