/**
 * The bridge: requests, events, paths of dropped or chosen files, saving. Nothing else
 * of Electron is reachable from the page. Built as one CommonJS file, because the
 * sandbox lets a preload require electron only.
 */
import { contextBridge, ipcRenderer, webUtils } from 'electron';
import type { Answer, Bridge, EngineEvent, FileHandle } from '../shared/contract.ts';
import { CHANNEL } from './shell/channels.ts';

const bridge: Bridge = {
  host: 'electron',
  request: (method, input) => invoke(CHANNEL.request, method, input),
  subscribe(listener) {
    const forward = (_event: unknown, event: EngineEvent): void => listener(event);
    ipcRenderer.on(CHANNEL.event, forward);
    return () => {
      ipcRenderer.off(CHANNEL.event, forward);
    };
  },
  async admitFiles(files, onProgress) {
    // A File made by a script has no path, and the main process refuses the empty one.
    const handles = await valueOf<FileHandle[]>(
      invoke(
        CHANNEL.admit,
        files.map((file) => webUtils.getPathForFile(file)),
      ),
    );
    onProgress?.(1);
    return handles;
  },
  saveFile: (suggestedName, bytes) => valueOf<boolean>(invoke(CHANNEL.save, suggestedName, bytes)),
};

contextBridge.exposeInMainWorld('leverage', bridge);

function invoke(channel: string, ...message: unknown[]): Promise<Answer> {
  return ipcRenderer.invoke(channel, ...message) as Promise<Answer>;
}

/** Errors lose their fields on the way into the page: only the sentence arrives, so it carries the hint too. */
async function valueOf<Value>(answering: Promise<Answer>): Promise<Value> {
  const answer = await answering;
  if (!answer.ok)
    throw new Error([answer.failure.message, answer.failure.hint].filter((part) => part !== '').join(' '));
  return answer.value as Value;
}
