/** A process that opens the store named on its command line and holds it until it is killed. */
import { openStore } from '../../src/main/store/index.ts';

openStore(process.argv[2]);
process.stdout.write('open\n');
setInterval(() => undefined, 60_000);
