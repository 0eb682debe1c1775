import { DEVICE_OPTION, STORE_OPTION } from './command.ts';
import type { Command } from './command.ts';

export const serveCommand: Command = {
  name: 'serve',
  summary: 'the app in a browser, for this machine only (loopback, secret in the URL)',
  arguments: { name: '', least: 0, most: 0 },
  options: [
    { name: 'port', value: 'N', help: 'the port (else any free one)' },
    { name: 'no-open', value: null, help: 'print the URL and open no browser' },
    STORE_OPTION,
    DEVICE_OPTION,
  ],
  run: (given, world) => {
    const valued = ['port', 'store', 'device'].flatMap((option) => {
      const value = given.text(option);
      return value === undefined ? [] : [`--${option}=${value}`];
    });
    return world.serve([...valued, ...(given.flag('no-open') ? ['--no-open'] : [])]);
  },
};
