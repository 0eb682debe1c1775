import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { COMMANDS } from '../../src/main/cli/commands.ts';
import { runCommandLine } from '../../src/main/cli/main.ts';
import { LeverageError } from '../../src/shared/errors.ts';
import { fakeEngine, fakeWorld } from './fake-world.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'leverage-cli-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

async function refusal(...words: string[]): Promise<{ status: number; said: string }> {
  const world = fakeWorld(folder);
  const status = await runCommandLine(words, world);
  expect(world.engineChoices).toEqual([]);
  return { status, said: world.said().trimEnd() };
}

function studyFile(text: string): string {
  const path = join(folder, 'study.json');
  writeFileSync(path, text);
  return path;
}

describe('the command line', () => {
  it('suggests the command that was meant and exits with 2', async () => {
    expect(await refusal('rnu')).toEqual({ status: 2, said: '"rnu" is not a command. Did you mean "run"?' });
    expect((await refusal('imprt', 'x')).said).toContain('"import"');
    expect((await refusal('exp', 'x')).said).toContain('"export"');
  });

  it('lists the commands when nothing is near', async () => {
    const { status, said } = await refusal('xyzzyplugh');
    expect(status).toBe(2);
    for (const { name } of COMMANDS) expect(said).toContain(name);
  });

  it('suggests the option that was meant and exits with 2', async () => {
    expect(await refusal('run', 'study.json', '--ot', 'x')).toEqual({
      status: 2,
      said: 'run: --ot is not an option of it. Did you mean --out?',
    });
    expect((await refusal('serve', '--prot', '3')).said).toContain('--port');
    expect((await refusal('run', 's.json', '-q')).said).toContain('-q is not an option');
  });

  it('wants a value where an option has one, and none where it has not', async () => {
    expect((await refusal('run', 's.json', '--out')).said).toBe('run: --out needs a value: --out DIR.');
    expect((await refusal('run', 's.json', '--out', '--json')).said).toContain('--out needs a value');
    expect((await refusal('run', 's.json', '--out=')).said).toContain('--out needs a value');
    expect((await refusal('run', 's.json', '--json=yes')).said).toContain('--json takes no value');
  });

  it('counts its arguments', async () => {
    expect((await refusal('run')).said).toContain('<study.json> is missing');
    expect((await refusal('show', 'a', 'b')).said).toContain('"b" is one argument too many');
    expect(await refusal('export', 'abcd')).toMatchObject({
      status: 2,
      said: expect.stringContaining('--out is missing'),
    });
  });

  it('tells its version, the list of commands and the options of each', async () => {
    const world = fakeWorld(folder);
    expect(await runCommandLine(['--version'], world)).toBe(0);
    expect(world.printed).toEqual(['9.9.9']);
    for (const words of [[], ['help'], ['--help'], ['-h']]) {
      const help = fakeWorld(folder);
      expect(await runCommandLine(words, help)).toBe(0);
      for (const { name } of COMMANDS) expect(help.printed.join('\n')).toContain(`  ${name}`);
    }
    for (const { name, options } of COMMANDS) {
      for (const words of [
        ['help', name],
        [name, '--help'],
      ]) {
        const help = fakeWorld(folder);
        expect(await runCommandLine(words, help)).toBe(0);
        for (const option of options) expect(help.printed.join('\n')).toContain(`--${option.name}`);
      }
    }
  });

  it('shows a failure as one sentence with its remedy, and its exit status by kind', async () => {
    for (const [kind, status] of [
      ['storage', 1],
      ['internal', 1],
      ['unavailable', 1],
      ['numerical', 1],
      ['invalidInput', 2],
      ['notFound', 2],
      ['cancelled', 130],
    ] as const) {
      const engine = fakeEngine({
        'devices.list': () => {
          throw new LeverageError(kind, 'It did not work.', 'Do this.');
        },
      });
      const world = fakeWorld(folder, engine);
      expect(await runCommandLine(['devices'], world)).toBe(status);
      expect(world.said()).toBe('It did not work. Do this.\n');
      expect(engine.closed()).toBe(true);
    }
  });

  it('passes the options of serve on', async () => {
    const world = fakeWorld(folder);
    expect(await runCommandLine(['serve', '--port', '8123', '--no-open', '--store', 's.sqlite'], world)).toBe(0);
    expect(world.served).toEqual([['--port=8123', '--store=s.sqlite', '--no-open']]);
  });
});

describe('a study file that is wrong', () => {
  it('is refused with the path of an unknown field', async () => {
    const path = studyFile('{"dataset": {"sample": "digits"}, "model": {"l3": 1}}');
    const { status, said } = await refusal('run', path);
    expect(status).toBe(2);
    expect(said).toContain(path);
    expect(said).toContain('field "model.l3"');
  });

  it.each([
    ['{"dataset": {"sample": "digits"}, "wibble": 1}', 'field "wibble"'],
    ['{"dataset": {"sample": "digits"}, "model": {"l2": {"relative": -1}}}', 'field "model.l2.relative"'],
    ['{"dataset": {"sample": "digits"}, "groups": {"sizes": {"count": 0}}}', 'field "groups.sizes.count"'],
    [
      '{"dataset": {"sample": "digits"}, "groups": [{"column": "race"}, {"constructors": ["rondom"]}]}',
      'field "groups.1.constructors.0"',
    ],
    [
      '{"dataset": {"sample": "digits"}, "evaluate": {"quantities": ["loss", "profit"]}}',
      'field "evaluate.quantities.1"',
    ],
    ['{"dataset": {"sample": "digits"}, "estimators": []}', 'field "estimators"'],
    ['{"dataset": {"sample": "digits"}, "folder": "/"}', 'field "folder"'],
    ['{}', 'field "dataset"'],
    ['[]', 'the top level'],
  ])('names the field of %s', async (text, field) => {
    const { status, said } = await refusal('run', studyFile(text));
    expect(status).toBe(2);
    expect(said).toContain(field);
  });

  it('is refused with line and column where it is not JSON', async () => {
    const { status, said } = await refusal('run', studyFile('{\n  "name": "a",\n  "dataset": {"sample": digits}\n}'));
    expect(status).toBe(2);
    expect(said).toContain('line 3, column 25');
  });

  it('names the field and the file when a dataset or group file is not there', async () => {
    for (const [text, field, file] of [
      ['{"dataset": {"file": "a.npz"}}', 'dataset.file', 'a.npz'],
      ['{"dataset": {"train": "a.csv", "label": "y", "test": {"fraction": 0.2}}}', 'dataset.train', 'a.csv'],
      [
        '{"dataset": {"train": {"images": "i", "labels": "l"}, "test": {"images": "i", "labels": "l"}}}',
        'dataset.train.images',
        'i',
      ],
      ['{"dataset": {"sample": "digits"}, "groups": [{"file": "g.json"}]}', 'groups.0.file', 'g.json'],
    ]) {
      const { status, said } = await refusal('run', studyFile(text));
      expect(status).toBe(2);
      expect(said).toContain(`field "${field}"`);
      expect(said).toContain(join(folder, file));
    }
  });

  it('is refused when it is not there or is a folder', async () => {
    expect(await refusal('run', 'none.json')).toMatchObject({
      status: 2,
      said: expect.stringContaining('there is no such file'),
    });
    expect(await refusal('run', folder)).toMatchObject({ status: 2, said: expect.stringContaining('it is a folder') });
  });

  it('is told as JSON too when --json asks for it', async () => {
    const world = fakeWorld(folder);
    await runCommandLine(['run', studyFile('{'), '--json'], world);
    expect(JSON.parse(world.printed.at(-1) ?? '')).toMatchObject({
      status: 'failed',
      failure: { kind: 'invalidInput' },
    });
  });
});
