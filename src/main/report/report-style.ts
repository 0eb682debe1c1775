/** The report's only style sheet: light and dark by the reader's setting, A4 in print, nothing fetched. */
import { groupColours, groupMarkStyle } from './group-marks.ts';
import { CHART_INK } from './scatter-chart.ts';

const LIGHT = `--page:#fff;--surface:#fff;--line:#e1e4ea;--line-strong:#c3c9d3;--ink:#12161d;--ink-2:#434b59;--ink-3:#5f6877;
--wash:#f5f6f8;--accent:#1d5bbf;--warn:#8a5200;--warn-soft:#fcf1de;--grid:#eceef2;--zero:#c3c9d3;--diagonal:#8b94a2;${groupColours('light')}`;
const DARK = `--page:#0f1216;--surface:#161a20;--line:#272d36;--line-strong:#3d4652;--ink:#e9ecf1;--ink-2:#b9c1cd;--ink-3:#919ba9;
--wash:#161a20;--accent:#82b1ff;--warn:#f0bb60;--warn-soft:#2e2412;--grid:#232931;--zero:#465060;--diagonal:#78828f;${groupColours('dark')}`;

export function reportStyle(): string {
  return `:root{color-scheme:light dark;${LIGHT}}
@media (prefers-color-scheme:dark){:root{${DARK}}}
*{box-sizing:border-box}
html{background:var(--page);color:var(--ink);font:14px/1.5 "Inter Variable",Inter,system-ui,-apple-system,"Segoe UI",Roboto,"Liberation Sans",sans-serif;
font-variant-numeric:tabular-nums;-webkit-text-size-adjust:100%}
body{max-width:1180px;margin:0 auto;padding:40px 32px 64px}
header{border-bottom:2px solid var(--ink);padding-bottom:20px;margin-bottom:8px}
.kicker{margin:0;color:var(--ink-3);font-size:12px;letter-spacing:.06em;text-transform:uppercase}
h1{margin:4px 0 12px;font-size:30px;line-height:1.2;font-weight:650;letter-spacing:-.012em;overflow-wrap:anywhere}
h2{margin:44px 0 12px;font-size:19px;line-height:1.3;font-weight:650;letter-spacing:-.005em}
h3{margin:24px 0 4px;font-size:14px;font-weight:600}
p{max-width:88ch;margin:0 0 10px;text-wrap:pretty}
.lede{font-size:16px;line-height:1.55}
.aside,figcaption,caption{color:var(--ink-3)}
.warn{background:var(--warn-soft);color:var(--warn);padding:8px 12px;border-radius:5px;max-width:none}
ul{padding-left:18px;max-width:84ch}
li{margin:2px 0;overflow-wrap:anywhere}
nav{margin:12px 0 0;font-size:13px}
nav a{color:var(--accent);text-decoration:none;margin-right:16px;white-space:nowrap}
nav a:hover{text-decoration:underline}
a:focus-visible,.table:focus-visible{outline:2px solid var(--accent);outline-offset:2px;border-radius:2px}
dl{display:grid;grid-template-columns:repeat(auto-fill,minmax(210px,1fr));gap:14px 24px;margin:0}
dl div{border-top:1px solid var(--line);padding-top:6px;min-width:0}
dl .wide{grid-column:1/-1}
.wide dd{font-weight:400}
dt{color:var(--ink-3);font-size:12px}
dd{margin:0;font-weight:550;overflow-wrap:anywhere}
.legend{display:flex;flex-wrap:wrap;gap:4px 20px;padding:0;margin:0 0 8px;list-style:none;max-width:none;font-size:13px}
.legend li{display:flex;align-items:center;gap:6px}
.legend svg{width:13px;height:13px;overflow:visible}
.row{display:grid;grid-template-columns:repeat(3,minmax(0,1fr));gap:20px;margin:0 0 20px}
figure{margin:0;min-width:0;break-inside:avoid}
figure .panel{margin:0 0 4px;font-size:13px;font-weight:600}
figure svg{display:block;width:100%;height:auto}
figcaption{border-top:1px solid var(--line);padding-top:5px;font-size:12.5px;color:var(--ink-2)}
figure.natural{max-width:620px;margin:0 0 20px}
svg text{font-variant-numeric:tabular-nums}
svg [fill="${CHART_INK.label}"]{fill:var(--ink-3)}
svg [stroke="${CHART_INK.grid}"]{stroke:var(--grid)}
svg [stroke="${CHART_INK.zero}"]{stroke:var(--zero)}
svg [stroke="${CHART_INK.diagonal}"]{stroke:var(--diagonal)}
.mark{opacity:.78}
.legend .mark{opacity:1}
.told{fill:transparent}
.told:hover{stroke:var(--ink);stroke-width:1.25}
${groupMarkStyle()}
.table{overflow-x:auto;margin:8px 0 20px}
table{border-collapse:collapse;width:100%;font-size:13px;line-height:1.35}
caption{text-align:left;font-size:12.5px;padding-bottom:6px;max-width:84ch}
th,td{padding:4px 12px 4px 0;text-align:left;vertical-align:baseline;border-bottom:1px solid var(--line)}
th:last-child,td:last-child{padding-right:2px}
thead th{color:var(--ink-3);font-weight:500;font-size:12px;border-bottom:1px solid var(--line-strong);vertical-align:bottom}
tbody th{font-weight:500;overflow-wrap:anywhere}
#provenance ~ .table table{width:auto;min-width:320px}
.figure{text-align:right;white-space:nowrap}
thead .figure{white-space:normal}
footer{margin-top:48px;padding-top:12px;border-top:1px solid var(--line);color:var(--ink-3);font-size:12.5px}
@media (max-width:820px){body{padding:24px 16px 48px}.row{grid-template-columns:minmax(0,1fr)}figure{max-width:420px}}
@page{size:A4;margin:14mm}
@media print{:root{color-scheme:light;${LIGHT}}html{font-size:10.5px;print-color-adjust:exact;-webkit-print-color-adjust:exact}body{max-width:none;padding:0}
nav{display:none}h2,h3{break-after:avoid}.row{gap:10px;break-inside:avoid;grid-template-columns:repeat(3,minmax(0,1fr))}figure{max-width:none}
table,thead th,dt{font-size:9.5px}h1{font-size:24px}h2{font-size:15px;margin-top:28px}h3,figure .panel,dd{font-size:11px}.legend,figcaption,caption,.lede{font-size:10.5px}thead{display:table-header-group}tr{break-inside:avoid}.table{overflow:visible}}
`;
}
