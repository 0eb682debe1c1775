/** Groups from a file of row lists: groups.json of the study format, also as a bundle writes it. */
import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { z } from 'zod';
import { invalidInput, LeverageError } from '../../shared/errors.ts';
import type { Group } from '../../shared/group.ts';
import { GROUP_ORIGIN_TITLE } from '../../shared/quantities.ts';
import type { GroupOrigin } from '../../shared/quantities.ts';
import { refuseRepeatedIds, trainingRows } from './row-list.ts';

const ORIGINS = Object.keys(GROUP_ORIGIN_TITLE) as [GroupOrigin, ...GroupOrigin[]];

const fileGroup = z.strictObject({
  id: z.string().min(1),
  // A default, because the parsed object inherits a `constructor` too.
  constructor: z.enum(ORIGINS).default('file'),
  label: z.string().optional(),
  members: z.array(z.number()),
  parameters: z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null()])).optional(),
});
const fileGroups = z.array(z.preprocess(ownFields, fileGroup));

/** Every object inherits a `constructor`; only one written in the file counts. */
function ownFields(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  return Object.assign(Object.create(null), value) as unknown;
}

/**
 * Reads `path`: a JSON array of {id, members, constructor?, label?, parameters?}, members being 0-based
 * training rows in any order. `constructor` may be any origin ("file" when left out); the label is the id when
 * left out. Groups may overlap and be empty. Throws invalidInput naming the file, the group and the position.
 */
export async function readGroupsFile(path: string, trainRows: number): Promise<Group[]> {
  const name = basename(path);
  const parsed = fileGroups.safeParse(parseJson(await readText(path, name), name));
  if (!parsed.success) throw describeIssue(parsed.error.issues[0], name);
  refuseRepeatedIds(
    parsed.data.map(({ id }) => id),
    name,
  );
  return parsed.data.map((group, index) => ({
    id: group.id,
    origin: group.constructor,
    label: group.label ?? group.id,
    members: trainingRows(group.members, trainRows, `${name}: group ${index} ("${group.id}")`),
    parameters: group.parameters ?? { size: group.members.length },
  }));
}

async function readText(path: string, name: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') throw new LeverageError('notFound', `The groups file ${path} does not exist.`);
    throw invalidInput(`The groups file ${name} could not be read (${code ?? String(error)}).`);
  }
}

function parseJson(text: string, name: string): unknown {
  try {
    return JSON.parse(text.startsWith('\ufeff') ? text.slice(1) : text) as unknown;
  } catch (error) {
    throw invalidInput(
      `${name} is not JSON: ${error instanceof Error ? error.message : String(error)}.`,
      'A groups file is an array such as [{"id": "g1", "members": [0, 5, 9]}].',
    );
  }
}

function describeIssue(issue: z.core.$ZodIssue | undefined, name: string): LeverageError {
  const [index, ...field] = issue?.path ?? [];
  const where = index === undefined ? name : `${name}: group ${String(index)}`;
  const at = field.length === 0 ? '' : ` field "${field.map(String).join('.')}"`;
  const what = issue?.code === 'unrecognized_keys' ? `"${issue.keys[0]}" is not a known field` : issue?.message;
  return invalidInput(
    `${where}${at}: ${what ?? 'is not a group'}.`,
    'A group is {"id": text, "members": [training rows], "constructor"?: text, "label"?: text, "parameters"?: {…}}.',
  );
}
