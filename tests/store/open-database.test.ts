import { describe, expect, it } from 'vitest';
import { refuseOldNode } from '../../src/main/store/open-database.ts';

describe('the Node that the store needs', () => {
  it.each(['18.19.0', '20.20.2', '22.13.1'])('is not %s', (version) => {
    expect(() => refuseOldNode(version)).toThrow(`Leverage needs Node 22.14 or newer, and this is Node ${version}.`);
  });

  it.each(['22.14.0', '24.21.0', '26.0.0'])('can be %s', (version) => {
    expect(() => refuseOldNode(version)).not.toThrow();
  });
});
