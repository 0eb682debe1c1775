/** What a person does in the window, as the tests do it. */
import type { Download, Locator, Page } from 'playwright';

export interface DroppedFile {
  name: string;
  content: string | Uint8Array;
}

/** Drags files over the window and lets go, as the system would: with a DataTransfer that carries them. */
export async function dropFiles(page: Page, files: readonly DroppedFile[]): Promise<void> {
  const sent = files.map(({ name, content }) => ({
    name,
    bytes: [...(typeof content === 'string' ? new TextEncoder().encode(content) : content)],
  }));
  await page.evaluate((given) => {
    const data = new DataTransfer();
    for (const { name, bytes } of given) data.items.add(new File([new Uint8Array(bytes)], name));
    const target = document.querySelector('main') ?? document.body;
    for (const type of ['dragenter', 'dragover', 'drop']) {
      target.dispatchEvent(new DragEvent(type, { bubbles: true, cancelable: true, dataTransfer: data }));
    }
  }, sent);
}

/** Groups done, as the progress says them ("1 024 of 1 700"). */
export async function groupsDone(page: Page): Promise<{ done: number; total: number }> {
  const text = (await page.getByTestId('progress-groups').textContent()) ?? '';
  const [done = 0, total = 0] = text.split('of').map((part) => Number(part.replace(/\D/g, '')));
  return { done, total };
}

/** Waits until the study of this view says so. */
export async function waitForStatus(
  page: Page,
  status: 'Done' | 'Running' | 'Cancelled' | 'Interrupted',
): Promise<void> {
  await page.getByTestId('study-progress').getByText(status, { exact: true }).first().waitFor();
}

/**
 * Clicks a mark of a scatter. Marks are pixels of a canvas: the pointer walks over the panel
 * until the window names a group under it.
 */
export async function clickAMark(page: Page, panel: Locator): Promise<void> {
  await panel.scrollIntoViewIfNeeded();
  const box = await panel.boundingBox();
  if (box === null) throw new Error('The panel is not on the screen.');
  const tooltip = page.getByTestId('scatter-tooltip');
  for (let row = 0.2; row < 0.85; row += 0.05) {
    for (let column = 0.2; column < 0.95; column += 0.05) {
      const at = { x: box.x + column * box.width, y: box.y + row * box.height };
      await page.mouse.move(at.x, at.y);
      if (!(await tooltip.isVisible())) continue;
      await page.mouse.click(at.x, at.y);
      return;
    }
  }
  throw new Error('The pointer met no mark of the panel.');
}

/** What a downloaded file holds. */
export async function contentOf(download: Download): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of await download.createReadStream()) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}
