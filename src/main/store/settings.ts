/** Small facts the engine remembers about the store itself. */
import type { DeviceTrials } from '../../shared/study.ts';
import type { Connection } from './connection.ts';
import { fromExactJson, toExactJson } from './exact-json.ts';

export interface SettingValues {
  /** Bundled samples already put into the library once: one that was deleted does not come back by itself. */
  samplesOffered: string[];
  /** The device chosen by hand for new studies; null: the automatic choice. */
  device: string | null;
  /** What the devices did when they were last tried, and the machine that they belong to. */
  deviceTrials: { machine: string; trials: DeviceTrials };
}

export interface SettingRepository {
  get<Name extends keyof SettingValues>(name: Name): SettingValues[Name] | null;
  set<Name extends keyof SettingValues>(name: Name, value: SettingValues[Name]): void;
}

export function settingRepository(connection: Connection): SettingRepository {
  const read = connection.prepare<[string], string>('SELECT value_json FROM setting WHERE name = ?').pluck();
  const write = connection.prepare<[string, string]>(
    'INSERT INTO setting (name, value_json) VALUES (?, ?) ON CONFLICT DO UPDATE SET value_json = excluded.value_json',
  );
  return {
    get: <Name extends keyof SettingValues>(name: Name) => {
      const text = read.get(name);
      return text === undefined ? null : fromExactJson<SettingValues[Name]>(text);
    },
    set: (name, value) => void write.run(name, toExactJson(value)),
  };
}
