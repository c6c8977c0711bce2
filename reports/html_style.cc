#include "reports/html_parts.h"

namespace detaudit::reports {

std::string_view style_sheet() {
  return R"css(
:root {
  --page: #fbfbfa; --card: #ffffff; --ink: #1b1f24; --soft: #57606a; --line: #d8dee4;
  --link: #0a58ca; --good: #116329; --bad: #b42318; --doubtful: #8a4b00;
  --bad-back: #fdecea; --fix-back: #e9f5ec; --code-back: #f1f3f5;
  --agrees: #b4c0cc; --propagated: #d98a00; --origin: #c3271b; --missing: #7b3fb5;
}
@media (prefers-color-scheme: dark) {
  :root {
    --page: #101418; --card: #171c22; --ink: #e6e9ec; --soft: #9ba6b2; --line: #303841;
    --link: #79b3ff; --good: #5ccb7b; --bad: #ff8a80; --doubtful: #f0b35a;
    --bad-back: #3a1d1c; --fix-back: #16301d; --code-back: #20262d;
    --agrees: #4d5a67; --propagated: #d9982e; --origin: #ff6b5e; --missing: #c08cf2;
  }
}
* { box-sizing: border-box; }
html { scroll-behavior: smooth; }
body {
  margin: 0; background: var(--page); color: var(--ink);
  font: 16px/1.55 system-ui, -apple-system, "Segoe UI", Roboto, "DejaVu Sans", sans-serif;
}
main { max-width: 66rem; margin: 0 auto; padding: 2rem 1.25rem 4rem; overflow-wrap: anywhere; }
code, pre { font-family: ui-monospace, "SF Mono", Menlo, Consolas, "DejaVu Sans Mono", monospace; }
code { font-size: .9em; }
a { color: var(--link); text-underline-offset: .15em; }
:focus-visible { outline: 2px solid var(--link); outline-offset: 2px; }
h1, h2, h3, h4 { line-height: 1.25; }
h1 { font-size: 2.4rem; margin: 0; letter-spacing: -.02em; }
h2 { font-size: 1.35rem; margin: 2.75rem 0 .9rem; padding-bottom: .35rem;
     border-bottom: 1px solid var(--line); }
h3 { font-size: 1.02rem; margin: 0; display: inline; font-weight: 600; }
h4 { font-size: .8rem; margin: 1rem 0 .25rem; color: var(--soft); text-transform: uppercase;
     letter-spacing: .05em; }
.product { margin: 0 0 .75rem; color: var(--soft); font-size: .9rem; }
.good { color: var(--good); } .bad { color: var(--bad); } .doubtful { color: var(--doubtful); }
.sign { display: inline-block; min-width: 1.5em; padding: 0 .35em; margin-right: .15em;
        border-radius: .35em; text-align: center; }
.sign.good { background: var(--good); } .sign.bad { background: var(--bad); }
.sign.doubtful { background: var(--doubtful); }
h1 .sign { color: var(--page); }
.claim { font-size: 1.2rem; margin: .8rem 0 1.2rem; }
.tiles { display: grid; grid-template-columns: repeat(auto-fit, minmax(8.5rem, 1fr)); gap: .6rem;
         margin: 0 0 1.2rem; }
.tiles div { background: var(--card); border: 1px solid var(--line); border-radius: .5rem;
             padding: .55rem .8rem; }
dt { color: var(--soft); font-size: .8rem; }
dd { margin: 0; }
.tiles dd { font-weight: 600; font-variant-numeric: tabular-nums; }
.first { font-weight: 600; }
.command code { display: block; background: var(--code-back); border-radius: .4rem;
                padding: .5rem .75rem; }
nav ul { list-style: none; display: flex; flex-wrap: wrap; gap: .3rem 1.1rem; padding: 0;
         margin: 1.5rem 0 0; font-size: .92rem; }
summary { cursor: pointer; }
.card { background: var(--card); border: 1px solid var(--line); border-left: 4px solid var(--soft);
        border-radius: .5rem; padding: .85rem 1.1rem; margin: 1rem 0; }
.card.error { border-left-color: var(--bad); }
.card.warning { border-left-color: var(--doubtful); }
.tag { font-size: .74rem; font-weight: 700; text-transform: uppercase; letter-spacing: .04em;
       border: 1px solid currentColor; border-radius: .3rem; padding: .06rem .38rem; }
.tag.error { color: var(--bad); } .tag.warning { color: var(--doubtful); }
.tag.note { color: var(--soft); }
.id { color: var(--soft); font-weight: 400; }
.facts { display: grid; grid-template-columns: repeat(auto-fit, minmax(8.5rem, 1fr));
         gap: .55rem 1.2rem; margin: .9rem 0; }
.facts .wide { grid-column: span 2; }
.facts dt::first-letter { text-transform: uppercase; }
.at { margin: .8rem 0 .3rem; }
pre { background: var(--code-back); border-radius: .4rem; padding: .7rem .9rem; overflow-x: auto;
      font-size: .86rem; line-height: 1.5; margin: .4rem 0 .8rem; }
.line { color: var(--soft); border-right: 1px solid var(--line); padding-right: .6rem;
        margin-right: .3rem; user-select: none; }
.card ul, header ul { margin: .3rem 0 .6rem; padding-left: 1.2rem; }
.fix { background: var(--fix-back); border-radius: .4rem; padding: .6rem .85rem; margin: .8rem 0 0; }
.fix strong { color: var(--good); margin-right: .3rem; }
.scroll { overflow-x: auto; margin: .5rem 0 1rem; }
table { border-collapse: collapse; width: 100%; font-size: .92rem; }
caption { text-align: left; color: var(--soft); font-size: .85rem; padding-bottom: .4rem; }
th, td { text-align: left; vertical-align: top; padding: .4rem .6rem;
         border-bottom: 1px solid var(--line); }
td { min-width: 4.2rem; }
th { overflow-wrap: normal; } th code { overflow-wrap: anywhere; }
tr > :first-child { padding-left: 0; }
thead th { color: var(--soft); font-weight: 600; font-size: .82rem; }
tbody th { font-weight: 500; min-width: 5.5rem; }
td.number { font-variant-numeric: tabular-nums; }
td ul { margin: 0; padding-left: 1.1rem; }
tr.marked > *, td.differs { background: var(--bad-back); }
tr.marked > :first-child { box-shadow: inset 3px 0 var(--bad); padding-left: .6rem; }
.mark { color: var(--bad); font-size: .74rem; font-weight: 700; text-transform: uppercase; }
.timeline { position: relative; --label: 11rem; }
.timeline.marked { padding-top: 1.9rem; }
.track { display: grid; grid-template-columns: var(--label) 1fr; align-items: end;
         margin-bottom: .35rem; font-size: .85rem; color: var(--soft); }
.track b { color: var(--ink); font-weight: 600; }
svg { display: block; width: 100%; height: 3rem; background: var(--card);
      border-bottom: 1px solid var(--line); }
svg.origin { fill: var(--origin); } svg.propagated { fill: var(--propagated); }
svg.missing { fill: var(--missing); } svg.agrees { fill: var(--agrees); }
.markers { position: absolute; top: 0; bottom: 0; left: var(--label); right: 0;
           pointer-events: none; }
.marker { position: absolute; top: 0; bottom: 0; font-size: .82rem; font-weight: 600; }
.marker.after { border-left: 2px solid var(--ink); }
.marker.before { border-right: 2px solid var(--ink); }
.marker span { display: block; width: max-content; max-width: min(16rem, 40vw); padding: 0 .45rem;
               line-height: 1.2; }
.axis { display: flex; justify-content: space-between; color: var(--soft); font-size: .82rem;
        margin: .3rem 0 1rem 11rem; }
.raw { max-height: 32rem; overflow: auto; }
#codes ~ details { margin: .5rem 0; }
@media (max-width: 34rem) {
  .facts .wide { grid-column: 1 / -1; }
  .timeline { --label: 0rem; }
  .timeline.marked { padding-top: 3.2rem; }
  .track { grid-template-columns: 1fr; }
  .axis { margin-left: 0; }
  main { padding: 1.25rem .9rem 3rem; }
  h1 { font-size: 1.8rem; }
  .claim { font-size: 1.05rem; }
  tbody th { min-width: 6rem; overflow-wrap: anywhere; }
  .stacks, .stacks caption, .stacks tbody { display: block; }
  .stacks thead { position: absolute; width: 1px; height: 1px; overflow: hidden;
                  clip-path: inset(50%); }
  .stacks tr { display: flex; flex-wrap: wrap; gap: .1rem 1rem; padding: .5rem 0;
               border-bottom: 1px solid var(--line); }
  .stacks th, .stacks td { padding: 0; border: 0; min-width: 0; }
  .stacks tbody th { flex: 0 0 100%; }
  .stacks td::before { content: attr(data-name) " "; color: var(--soft); font-size: .9em; }
  .stacks td.differs { padding: .1rem .4rem; }
  .stacks tr.marked { padding-left: .6rem; background: var(--bad-back);
                      box-shadow: inset 3px 0 var(--bad); }
  .stacks tr.marked > * { background: none; }
  .stacks tr.marked > :first-child { padding-left: 0; box-shadow: none; }
}
@media print { nav { display: none; } .card { break-inside: avoid; } }
)css";
}

}  // namespace detaudit::reports
