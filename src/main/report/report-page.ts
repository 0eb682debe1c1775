/**
 * The bundle's report.html: one file that opens offline, in light or dark, and prints.
 * It has no scripts, and its policy lets nothing be fetched.
 */
import { naturalSection } from '../natural/natural-section.ts';
import type { BundleInput } from './bundle.ts';
import { chartSections } from './report-charts.ts';
import { escapeHtml, paragraph, section } from './html.ts';
import { reportStyle } from './report-style.ts';
import {
  agreementSection,
  certificateSection,
  findingsSection,
  largestSection,
  modelSection,
  provenanceSection,
} from './report-tables.ts';
import { openingWords, SIGN_WORDS } from './report-words.ts';

export function reportPage(input: BundleInput): string {
  const sections = [
    findingsSection(input),
    chartSections(input),
    agreementSection(input),
    naturalSection(input),
    largestSection(input),
    modelSection(input),
    certificateSection(input),
    provenanceSection(input),
    notesSection(input.notes),
  ].join('\n');
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="generator" content="Leverage ${escapeHtml(input.provenance.appVersion)}">
<title>${escapeHtml(input.spec.name)} · group influence</title>
<style>${reportStyle()}</style>
</head>
<body>
<header>
${paragraph('Group influence study', 'kicker')}
<h1>${escapeHtml(input.spec.name)}</h1>
${paragraph(openingWords(input), 'lede')}
${paragraph(SIGN_WORDS, 'aside')}
${contents(sections)}
</header>
<main>
${sections}
</main>
<footer>
${paragraph('The numbers behind this page, in full precision, are in the files beside it: study.json, model.json, groups.json, effects.csv, retraining.csv and summary.json. Method: Koh, Ang, Teo and Liang, “On the Accuracy of Influence Functions for Measuring Group Effects” (2019).')}
</footer>
</body>
</html>
`;
}

/** Links to the sections that are there. */
function contents(sections: string): string {
  const links = [...sections.matchAll(/<h2 id="([^"]+)">([^<]*)<\/h2>/g)].map(
    ([, id, title]) => `<a href="#${id}">${title}</a>`,
  );
  return `<nav aria-label="Contents">${links.join('\n')}</nav>`;
}

function notesSection(notes: readonly string[]): string {
  if (notes.length === 0) return '';
  return section('notes', 'Notes', `<ul>${notes.map((note) => `<li>${escapeHtml(note)}</li>`).join('')}</ul>`);
}
