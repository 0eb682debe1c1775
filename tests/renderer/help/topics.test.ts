import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { VIEWS } from '../../../src/renderer/state/hash.ts';
import {
  findTopics,
  HELP_SECTIONS,
  isTopic,
  TOPIC_IDS,
  topicOf,
  topicOfPlace,
  textOf,
} from '../../../src/renderer/views/help/topics.ts';
import type { AnalysisResult } from '../../../src/shared/analyses.ts';

const RENDERER = 'src/renderer';
const components = readdirSync(RENDERER, { recursive: true, encoding: 'utf8' })
  .filter((path) => path.endsWith('.svelte'))
  .map((path) => ({ path, text: readFileSync(join(RENDERER, path), 'utf8') }));

/** What draws a chart: a component, or the action that does. */
const DRAWS = /<(FigureChart|ScatterPanel|RowScatter|PaperDrawing|ErrorPartsBar|ChartCard)\b|use:chart=/;
const ANALYSES = ['doseResponse', 'pairs', 'shapley', 'largestGroup'] as const satisfies AnalysisResult['kind'][];

describe('the topics of the help', () => {
  it('have one for every chart card', () => {
    const cards = components.flatMap(({ path, text }) =>
      [...text.matchAll(/<ChartCard\b[\s\S]*?exportTestid/g)].map(([card]) => ({ path, card })),
    );
    expect(cards.length).toBeGreaterThan(4);
    expect(cards.filter(({ card }) => !isTopic(/topic="(\w+)"/.exec(card)?.[1] ?? '')).map(({ path }) => path)).toEqual(
      [],
    );
  });

  it('are reached by a question mark from every other chart', () => {
    // What stands in charts/ is drawn by others. The gallery of the paper shows covers: each opens its figure.
    const without = components.filter(
      ({ path, text }) =>
        DRAWS.test(text) &&
        !path.startsWith('charts/') &&
        path !== 'views/paper/PaperView.svelte' &&
        !/<(HelpButton|ChartCard)\b[\s\S]*?topic=/.test(text),
    );
    expect(without.map(({ path }) => path)).toEqual([]);
  });

  it('exist wherever a component names one', () => {
    const named = components.flatMap(({ text }) => [...text.matchAll(/\btopic="(\w+)"/g)].map(([, id]) => id ?? ''));
    expect(named.length).toBeGreaterThan(12);
    expect(named.filter((id) => !isTopic(id))).toEqual([]);
    expect(ANALYSES.filter((kind) => !isTopic(kind))).toEqual([]);
  });

  it('have one for every view, and others for what a view shows instead', () => {
    for (const view of VIEWS) {
      const id = topicOfPlace({ view, id: null, options: {} });
      expect(topicOf(id).section).toBe('The views');
    }
    expect(topicOfPlace({ view: 'history', id: null, options: { show: 'two' } })).toBe('twoStudies');
    expect(topicOfPlace({ view: 'history', id: null, options: { show: 'lambda' } })).toBe('lambda');
    expect(topicOfPlace({ view: 'paper', id: '1', options: {} })).toBe('paperFigure');
  });

  it('lead on to topics that exist, and every topic is led to', () => {
    const led = new Set<string>();
    for (const id of TOPIC_IDS) {
      const { see } = topicOf(id);
      expect(see.length, id).toBeGreaterThan(0);
      expect(
        see.filter((other) => !isTopic(other) || other === id),
        id,
      ).toEqual([]);
      see.forEach((other) => led.add(other));
    }
    // A view is led to by its question mark.
    expect(TOPIC_IDS.filter((id) => topicOf(id).section !== 'The views' && !led.has(id))).toEqual([]);
  });

  it('stand in every section, in whole sentences, each said once', () => {
    for (const section of HELP_SECTIONS)
      expect(
        TOPIC_IDS.some((id) => topicOf(id).section === section),
        section,
      ).toBe(true);
    for (const id of TOPIC_IDS) {
      const { paragraphs, points = [], title } = topicOf(id);
      for (const text of [...paragraphs, ...points.map(([, said]) => said)]) expect(text, id).toMatch(/[.:?]$/);
      expect(new Set(paragraphs).size).toBe(paragraphs.length);
      expect(new Set(points.map(([term]) => term)).size).toBe(points.length);
      expect(title).not.toBe('');
    }
    expect(new Set(TOPIC_IDS.map((id) => topicOf(id).title)).size).toBe(TOPIC_IDS.length);
  });

  it('say the sign as the rest of the window does', () => {
    expect(textOf('effect')).toContain('without the group minus the quantity with it');
    expect(textOf('effect')).toContain('Positive: removing the group raises the quantity');
  });

  it('are found by their words, those that are named so first', () => {
    expect(findTopics('newton')[0]).toBe('newton');
    expect(findTopics('mislabelled')).toContain('surprising');
    expect(findTopics('Gradient CERTIFICATE')).toContain('certificate');
    expect(findTopics('no such words')).toEqual([]);
  });
});
