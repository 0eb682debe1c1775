/** HTML text and tables of the report. */

export function escapeHtml(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll("'", '&#39;');
}

export interface TableColumn {
  title: string;
  /** Figures are set right, in tabular digits; the default is text. */
  figures?: boolean;
}

/** Cells are plain text: they are escaped here. The first column heads its row. */
export function table(caption: string, columns: readonly TableColumn[], rows: readonly (readonly string[])[]): string {
  const side = (c: number) => (columns[c].figures ? ' class="figure"' : '');
  const head = columns.map(({ title }, c) => `<th scope="col"${side(c)}>${escapeHtml(title)}</th>`).join('');
  const body = rows
    .map((row) => {
      const cells = row.map((cell, c) =>
        c === 0 ? `<th scope="row"${side(c)}>${escapeHtml(cell)}</th>` : `<td${side(c)}>${escapeHtml(cell)}</td>`,
      );
      return `<tr>${cells.join('')}</tr>`;
    })
    .join('\n');
  return `<div class="table" tabindex="0" role="group" aria-label="${escapeHtml(caption)}"><table><caption>${escapeHtml(caption)}</caption><thead><tr>${head}</tr></thead>
<tbody>${body}</tbody></table></div>`;
}

const LONG_TEXT = 50;

/** Names and what they stand for; long texts get a line of their own. */
export function definitions(entries: readonly (readonly [string, string])[]): string {
  return `<dl>${entries.map(([name, text]) => `<div${text.length > LONG_TEXT ? ' class="wide"' : ''}><dt>${escapeHtml(name)}</dt><dd>${escapeHtml(text)}</dd></div>`).join('')}</dl>`;
}

export function paragraph(text: string, kind = ''): string {
  return `<p${kind === '' ? '' : ` class="${kind}"`}>${escapeHtml(text)}</p>`;
}

export function section(id: string, title: string, ...content: string[]): string {
  return `<section aria-labelledby="${id}"><h2 id="${id}">${escapeHtml(title)}</h2>\n${content.join('\n')}\n</section>`;
}
