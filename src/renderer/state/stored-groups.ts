/** Groups of a file, taken from the study that used them: the file itself may be gone, and a window can name no path. */
import type { StudyDetail } from '../../shared/study.ts';
import type { GroupOrigin } from '../../shared/quantities.ts';
import type { GroupSource } from '../../shared/study-spec.ts';
import type { Call } from '../bridge/bridge.ts';

/** Calls under way at once. */
const AT_ONCE = 8;

/**
 * The study's group sources with the rows of files written in place; all other sources as they are.
 * The study may be unfinished: its groups are stored before the first is retrained. Null when they are not.
 */
export async function storedGroups(call: Call, study: StudyDetail): Promise<GroupSource[] | null> {
  const sources = Array.isArray(study.spec.groups) ? study.spec.groups : [study.spec.groups];
  if (!sources.some((source) => 'file' in source)) return sources;
  const formed = new Set(sources.flatMap(originsFormed));
  // What no other source forms came from the files.
  const groups = (await call('studies.groups', { id: study.id })).filter((group) => !formed.has(group.origin));
  if (groups.length === 0) return null;
  const members: { id: string; label: string; rows: number[] }[] = [];
  for (let start = 0; start < groups.length; start += AT_ONCE) {
    const details = await Promise.all(
      groups.slice(start, start + AT_ONCE).map(({ index }) => call('studies.group', { id: study.id, index })),
    );
    for (const { id, label, members: rows } of details) members.push({ id, label, rows: [...rows] });
  }
  // The groups of several files can not be told apart: together they take the place of the first file.
  const first = sources.findIndex((source) => 'file' in source);
  return sources.flatMap((source, position) =>
    !('file' in source) ? [source] : position === first ? [{ members }] : [],
  );
}

function originsFormed(source: GroupSource): GroupOrigin[] {
  if ('constructors' in source) return source.constructors;
  if ('column' in source) return ['natural'];
  if ('leaveOneOut' in source) return ['leaveOneOut'];
  return 'members' in source ? ['manual'] : [];
}
