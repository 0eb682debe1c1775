/** Every command of the command line, in the order of the help. */
import { attributeCommand } from './attribute.ts';
import type { Command } from './command.ts';
import { deleteCommand } from './delete.ts';
import { demoCommand } from './demo.ts';
import { devicesCommand } from './devices.ts';
import { exportCommand } from './export.ts';
import { helpCommand } from './help.ts';
import { importCommand } from './import.ts';
import { influencesCommand } from './influences.ts';
import { listCommand } from './list.ts';
import { paperCommand } from './paper.ts';
import { runCommand } from './run.ts';
import { serveCommand } from './serve.ts';
import { showCommand } from './show.ts';

export const COMMANDS: readonly Command[] = [
  runCommand,
  importCommand,
  listCommand,
  showCommand,
  influencesCommand,
  attributeCommand,
  exportCommand,
  deleteCommand,
  devicesCommand,
  serveCommand,
  demoCommand,
  paperCommand,
  helpCommand(() => COMMANDS),
];
