import { formatNumber, UNDEFINED_MARK } from '../../shared/format.ts';
import { EXIT, JSON_OPTION, STORE_OPTION, withEngine } from './command.ts';
import type { Command } from './command.ts';
import { textTable } from './text-table.ts';

export const devicesCommand: Command = {
  name: 'devices',
  summary: 'where a study can be computed here, and why not elsewhere',
  arguments: { name: '', least: 0, most: 0 },
  options: [STORE_OPTION, JSON_OPTION],
  run: (given, world) =>
    withEngine(world, { store: given.text('store'), reading: true }, async (engine) => {
      const devices = await engine.call('devices.list', { again: true });
      textTable(
        [
          { title: 'device', align: 'left' },
          { title: 'state', align: 'left' },
          { title: 'solves in', align: 'left' },
          { title: 'GFLOP/s', align: 'right' },
          { title: 'what it is', align: 'left' },
          { title: 'why', align: 'left' },
        ],
        devices.map((one) => [
          one.name,
          one.chosen ? 'chosen' : one.available ? 'available' : 'not available',
          one.precision,
          one.gigaflops === null ? UNDEFINED_MARK : formatNumber(one.gigaflops, one.gigaflops < 100 ? 2 : 3),
          one.title,
          one.reason,
        ]),
      ).forEach(world.print);
      if (given.flag('json')) world.print(JSON.stringify({ devices }));
      return EXIT.done;
    }),
};
