/**
 * What the help says, by topic: plain sentences for whoever has met neither influence functions nor this window.
 * Views and charts name a topic by its key; the palette finds a topic by any of its words. Pure.
 */
import type { Place, View } from '../../state/hash.ts';

export const HELP_SECTIONS = ['Begin here', 'The numbers', 'The charts', 'Judging what you see', 'The views'] as const;
export type HelpSection = (typeof HELP_SECTIONS)[number];

export interface HelpTopic {
  section: HelpSection;
  title: string;
  paragraphs: readonly string[];
  /** What to look at one by one: a mark, a term, a step, and what it says. */
  points?: readonly (readonly [term: string, text: string])[];
  /** Keys of the topics to read next. */
  see: readonly string[];
}

export const TOPICS = {
  start: {
    section: 'Begin here',
    title: 'What Leverage answers',
    paragraphs: [
      'What would the model say without these training rows? Leverage fits a model, forms groups of training rows, and shows for each group how a prediction or a loss changes when the group is removed.',
      'It says so three times: influence and Newton predict the change without training again; actual trains again without the group, to an optimum that is certified. The home of the app is the comparison of the three.',
      'Nothing leaves this machine: datasets, groups and studies are kept in one file in your own folder.',
    ],
    points: [
      ['1. Library', 'Take a sample, or drop files of your own onto the window.'],
      ['2. Study', 'Choose groups, test rows and what is measured, and start.'],
      ['3. Compare', 'See how far predictions and truth agree; click a group to learn why not.'],
      ['4. What-if', 'Ask the same of any rows that you outline with the mouse.'],
    ],
    see: ['effect', 'influence', 'newton', 'actual', 'scatter', 'keys'],
  },
  keys: {
    section: 'Begin here',
    title: 'Keyboard and commands',
    paragraphs: [
      'Everything works by keyboard. Ctrl K (⌘ K on a Mac) opens the list of every command, study and help topic; type a part of its name. It also shows the keys of each command.',
      'On a Mac read ⌘ for Ctrl.',
    ],
    points: [
      ['Ctrl 1 … Ctrl 9', 'The views, in the order of the rail.'],
      ['F1', 'Help on the view that is open; again, or Esc, closes it.'],
      ['Ctrl Z, Ctrl Shift Z', 'Undo and redo: marks and view in Compare, filters, choices, the study form.'],
      [
        'In a scatter of groups',
        'Arrow keys walk from mark to mark, Page Up and Page Down in longer steps, Home and End to the ends. Enter opens the group, Space marks it, Shift with the arrows marks along the way, Esc clears.',
      ],
      ['In a menu or list', 'Arrow keys move, Enter chooses, Esc closes.'],
    ],
    see: ['start'],
  },
  effect: {
    section: 'The numbers',
    title: 'An effect and its sign',
    paragraphs: [
      'An effect is the measured quantity without the group minus the quantity with it. Positive: removing the group raises the quantity. Negative: removing it lowers the quantity. Every estimate, axis, table and file uses this one convention.',
      'So a group with a positive effect on a test loss was helpful to that test row: without it the loss is higher. A group with a negative effect was harmful to it.',
      'A study can add instead of remove: each group’s rows then count once more, and positive means that adding raises the quantity. Its axes say “counted once more”.',
      'An effect is in the unit of what is measured: for logistic and softmax models losses are in natural logarithms of probabilities (nats) and margins in log-odds; for ridge the loss is half the squared error.',
    ],
    see: ['quantities', 'influence', 'newton', 'actual'],
  },
  quantities: {
    section: 'The numbers',
    title: 'What is measured',
    paragraphs: ['A study measures one or several quantities, each on chosen test rows or on the group itself.'],
    points: [
      [
        'Test loss',
        'How wrong the model is about one test row: minus the logarithm of the probability it gives to the true class.',
      ],
      [
        'Test margin',
        'How strongly the model favours the true class of a test row, in log-odds; two classes only. It is linear in the parameters, so that influence and linear Newton miss nothing by its bending.',
      ],
      [
        'Self-loss',
        'The summed loss of the group’s own rows: what the model loses about rows that it no longer sees. Its influence is never negative.',
      ],
      ['Mean test loss', 'The average loss over all test rows, or over a slice such as one class.'],
    ],
    see: ['effect', 'cone'],
  },
  influence: {
    section: 'The numbers',
    title: 'Influence',
    paragraphs: [
      'Influence asks how the fit would begin to move if the group’s rows weighed a little less, and goes on in a straight line until they weigh nothing. It costs one solve per test row for all groups together, so that it answers at once.',
      'It uses the curvature of the loss with all rows still there. A group takes its own curvature along when it leaves, which influence does not see: so it usually underestimates, the more so the larger the group’s share of the data in some direction.',
      'In symbols: ∇f · H⁻¹ · g, with g the summed gradient of the group’s rows, H the Hessian of the whole penalised loss and f what is measured. Influences of disjoint groups add up, except on self-loss.',
    ],
    see: ['newton', 'scatter', 'spectrum', 'limits'],
  },
  newton: {
    section: 'The numbers',
    title: 'Newton',
    paragraphs: [
      'Newton takes one Newton step from the fit towards the optimum without the group, with the curvature that is left after the removal, and measures there. It accounts for what influence leaves out, and costs one linear solve per group.',
      'Where Newton is on the line and influence is not, curvature left with the group. Where Newton is off too, one step is not enough: the losses bend on the way.',
      'For ridge regression, whose loss is quadratic, one Newton step is exact.',
    ],
    see: ['actual', 'spectrum', 'estimators'],
  },
  actual: {
    section: 'The numbers',
    title: 'Actual: exact retraining',
    paragraphs: [
      'The actual effect comes from training again without the group, from the full fit to the new optimum, with λ unchanged. It is the judge of the other two.',
      'The optimum is not taken on trust: its gradient is computed in double precision and kept with each group as its certificate.',
      'For a network there is no single optimum: actual is then the same training, from the same start and in the same order of rows, without the group’s rows.',
    ],
    see: ['certificate', 'effect', 'limits'],
  },
  estimators: {
    section: 'The numbers',
    title: 'The other estimators',
    paragraphs: ['A study can ask for more ways to predict the same effect, between influence and retraining.'],
    points: [
      [
        'Influence on parameters',
        'The parameters move as influence says; the quantity is then measured there, not along a straight line.',
      ],
      [
        'Linear Newton',
        'The step of Newton, with the quantity along a straight line. Newton minus linear Newton is how far the quantity itself bends.',
      ],
      [
        'Second-order influence',
        'Influence and the first correction for the curvature that leaves (Basu et al.); it helps for small groups and can overshoot for large ones.',
      ],
      [
        'Rescaled influence',
        'The influence of each row divided by one minus its leverage, then summed: nearly right for single rows, blind to rows that lean on each other.',
      ],
      ['Two and three Newton steps', 'Newton repeated: each step costs one more solve and lies closer to retraining.'],
    ],
    see: ['ladder', 'newton'],
  },
  agreement: {
    section: 'The numbers',
    title: 'Agreement: ρ, slope, sign',
    paragraphs: [
      'The line of words under a scatter says how well an estimate agrees with the actual effect, over the groups that have both. Groups with an infinite or missing effect are left out and counted.',
    ],
    points: [
      [
        'ρ',
        'Spearman’s rank correlation: 1 where the estimate puts the groups in exactly the right order, whatever its scale. High ρ means that it finds the right groups, not that its sizes are right.',
      ],
      ['Underestimates', 'The share of groups whose estimate is nearer to zero than the actual effect.'],
      ['Same sign', 'The share of groups where estimate and truth have one sign: raising or lowering is told rightly.'],
      [
        'Slope',
        'Least squares through zero of actual on estimate: 1.3 means that the truth is typically 1.3 times the estimate.',
      ],
      [
        'Median error',
        'Half of the groups are off by less than this share of their actual effect; nine in ten by less than the second figure.',
      ],
    ],
    see: ['scatter', 'ladder', 'lambda'],
  },
  scatter: {
    section: 'The charts',
    title: 'Scatters of groups',
    paragraphs: [
      'Each mark is one group; its colour and shape say how the group was made, its size how many rows it has. Across is the estimate, upwards the actual effect (or Newton, in the third scatter).',
      'Pointing at a mark names the group in every panel; a click opens it; a dragged box marks groups everywhere. The table of the groups holds every number.',
    ],
    points: [
      ['Grey line', 'y = x: on it the estimate is exact.'],
      [
        'Away from the line, farther from zero',
        'The group moved the quantity more than estimated: underestimated. Between the line and the horizontal axis: overestimated.',
      ],
      ['Upper left and lower right', 'The estimate has the wrong sign: it says raise where removing the group lowers.'],
      ['A tilted cloud', 'One factor for nearly all groups: the order is right, the scale is not.'],
      [
        'One family off the cloud',
        'These groups share something, such as rows that are alike; the legend hides and shows families.',
      ],
      [
        'Axes',
        'Equal: same range on both. Free: each panel fills its own. Symlog: logarithmic on both sides of zero, so that small effects can be told apart.',
      ],
    ],
    see: ['effect', 'agreement', 'surprising', 'cone', 'groupPanel'],
  },
  cone: {
    section: 'The charts',
    title: 'The tinted cone',
    paragraphs: [
      'In the scatter of influence against Newton, theory bounds some measures; the tinted wash is where it allows groups to lie. The sentence under the charts gives its edges.',
      'The edges hold up to terms of third order in 1/λ, and for an intercept without penalty they are a guide, not a bound. A wide cone, from a small λ, says little: nearly everything above the line is then possible.',
    ],
    points: [
      [
        'Self-loss',
        'Proposition 3: Newton is between 1 and 1 + 3s/2 + s²/2 times influence, s being the largest curvature of the data over λ.',
      ],
      ['Margin', 'Proposition 4: for groups of one row or its copies, Newton is between 1 and 1 + s times influence.'],
      ['No cone', 'For other measures theory gives none: a group may lie anywhere, with the wrong sign too.'],
    ],
    see: ['theory', 'scatter', 'spectrum'],
  },
  groupPanel: {
    section: 'The charts',
    title: 'A group: why it is off',
    paragraphs: [
      'The panel of a group shows every estimate as a bar from zero, the certificate of its retraining, what separates influence from the truth, and its rows.',
    ],
    points: [
      [
        'Curvature removed',
        'Linear Newton minus influence: influence still counts the curvature that leaves with the group.',
      ],
      [
        'The measure bends',
        'Newton minus linear Newton: the measured quantity is not linear along so long a step. Always zero for a margin.',
      ],
      ['Beyond one step', 'Actual minus Newton: what retraining does after the first Newton step.'],
      [
        'Directions',
        'The bars of the leverage spectrum; the few in full colour explain most of the difference and are named by their features.',
      ],
      [
        'Nearest groups',
        'Those that share most rows with it: if they are off likewise, the shared rows are the reason.',
      ],
    ],
    see: ['spectrum', 'certificate', 'surprising'],
  },
  spectrum: {
    section: 'The charts',
    title: 'Leverage spectrum',
    paragraphs: [
      'Each bar or stem is a direction in which the parameters can move. Its share says how much of the model’s curvature in that direction the removed rows hold: 0 %, others hold the direction too; near 100 %, almost nobody else does. It is an eigenvalue of H⁻½ H(w) H⁻½.',
      'The other height is what the direction adds to influence on the way to Newton. A direction adds much when the rows hold a large share of it, pull along it, and the measured quantity looks along it: all three at once.',
      'So one tall bar at a high share is the usual reason of an outlier: the group owns a feature or a combination of features that the measured row depends on. Many small bars mean a large group that simply thins the data.',
    ],
    see: ['groupPanel', 'influence', 'surprising'],
  },
  theory: {
    section: 'The charts',
    title: 'Theory of a study',
    paragraphs: [
      'Under the charts of Compare stand the numbers from which the paper’s propositions are made: the largest and smallest curvature of the data, s, the edges of the cones, and the bound of Proposition 1 for the error of Newton.',
      'That bound is a worst case and usually many orders of magnitude above the error that is found; its row says how loose it is here. Read it as a reminder that no guarantee comes for free, not as an error bar: the certificate is the error bar of the actual effect.',
    ],
    see: ['cone', 'certificate'],
  },
  ladder: {
    section: 'The charts',
    title: 'Estimator ladder: cost against error',
    paragraphs: [
      'Each mark is one estimator: to the right it costs more time per group, upwards its error is larger, both on logarithmic scales. The error is what nine groups in ten stay within, as a share of the actual effect, on the test row where the estimator is worst.',
      'The dashed line is what you call good enough; type another percentage and the sentence names the cheapest estimator below it. Where none is below, only retraining will do.',
    ],
    points: [
      ['Lower left', 'Cheap and right: take it.'],
      ['Upper right', 'Dearer and worse than another mark: no reason to take it.'],
      ['Retraining', 'It has no error by definition, and stands at the bottom.'],
    ],
    see: ['estimators', 'agreement'],
  },
  doseResponse: {
    section: 'The charts',
    title: 'Dose–response',
    paragraphs: [
      'How the effect grows with the dose: the share of the rows’ weight that is removed in What-if, from 0 to 100 %; the weight from 0 to 2 in an analysis, where 1 is the fit as it is, 0 is removal and 2 counts the rows twice.',
      'Influence is a straight line through the fit, since it is a tangent. The curve of Newton or of exact retraining leaves that line where curvature matters.',
    ],
    points: [
      ['Curve on the line', 'Influence can be trusted up to that dose.'],
      ['Curve steeper towards removal', 'The last rows matter most: the others had covered for them until then.'],
      ['Curve flatter when added', 'The model has already learned from the group what it can.'],
      ['Curve that turns', 'The sign of the full effect is not that of a small dose: influence is wrong about it.'],
    ],
    see: ['influence', 'spectrum'],
  },
  pairs: {
    section: 'The charts',
    title: 'Heat map of pairs',
    paragraphs: [
      'Each cell is one pair of groups: the effect of removing both together, less the sum of the effects of each alone; below the diagonal by retraining, above it by Newton. Pale cells are near zero: the effects of the two groups add up. Two halves that mirror each other say that Newton sees the interaction.',
    ],
    points: [
      ['Orange', 'Together they raise the quantity by more than the sum (or lower it by less).'],
      ['Blue', 'Together they raise it by less than the sum (or lower it by more).'],
      ['Synergy', 'The pair does more than the sum: each covered for the other while it was there.'],
      ['Redundancy', 'The pair does less, as where the groups share rows: these rows can be removed only once.'],
    ],
    see: ['shapley', 'doseResponse'],
  },
  shapley: {
    section: 'The charts',
    title: 'Shapley values of groups',
    paragraphs: [
      'A bar is the group’s share of what removing all the groups changes, averaged over every order in which they might be removed. The bars add up to the effect of removing all of them.',
      'A positive bar: removing the group raises the quantity. Up to 12 groups are computed exactly; with more, orders are drawn at random and a whisker reaches twice the standard error to both sides: bars whose whiskers overlap should not be ranked.',
      'The diamond is the effect of removing the group alone. It lies away from the end of the bar where groups cover for each other. Two groups with the same rows share the credit, while each alone seems to do nothing.',
    ],
    see: ['pairs', 'effect'],
  },
  largestGroup: {
    section: 'The charts',
    title: 'Most influential rows',
    paragraphs: [
      'Rows chosen one after the other so that their joint removal raises (or lowers) the quantity most: by influence alone, and with the Newton correction for the rows chosen before. The curves show what each choice was predicted to do and what retraining finds, by the number of rows.',
      'The gap between prediction and retraining grows with the size. The choice is greedy: a better set of the same size may exist.',
    ],
    see: ['influence', 'newton'],
  },
  lambda: {
    section: 'The charts',
    title: 'ρ against λ',
    paragraphs: [
      'Each mark is one study of the same data; across is its regularisation λ per training row on a logarithmic scale, upwards how well an estimate ranks the groups as retraining does.',
      'The usual shape rises to the right: a stronger penalty holds the parameters closer to the fit, so that a straight line goes further. A low ρ at a small λ means that influence should not be used to rank groups there. A dip may also come from noise where effects are all tiny: open the study, a click on the mark, and look at its scatter.',
    ],
    see: ['agreement', 'scatter'],
  },
  twoStudies: {
    section: 'The charts',
    title: 'One study against another',
    paragraphs: [
      'Each mark is a group that both studies have, with exactly the same training rows: across its effect in A, upwards in B. On the line the two studies say the same.',
      'The table beneath lists what differs between them. Change one thing at a time, λ or the seed or the scaling, and the distance from the line is what that thing does. Effects of studies that add can not be compared in sign with those that remove; the axes say which is which.',
    ],
    see: ['scatter', 'effect'],
  },
  rowScatter: {
    section: 'The charts',
    title: 'Scatter of training rows',
    paragraphs: [
      'Each mark is one training row; colour and shape say its class. Choose what is across and upwards: principal components, features, loss, margin, leverage, or influence on what is measured.',
      'Draw an outline or a box around rows: influence and Newton of removing exactly these follow while you draw. Shift adds to the choice, Ctrl Z goes back, a click on a mark takes one row in or out.',
    ],
    points: [
      ['High loss', 'Rows that the model gets wrong: mislabelled, or rare and hard.'],
      [
        'High leverage',
        'Rows that hold much of the fit on their own: removing them moves it more than influence says.',
      ],
      [
        'Influence far from zero',
        'Rows on which the measured quantity hangs. High loss and large influence together are worth a look at the row.',
      ],
    ],
    see: ['effect', 'spectrum', 'doseResponse'],
  },
  live: {
    section: 'The charts',
    title: 'Results while a study runs',
    paragraphs: [
      'The scatter fills as groups are retrained; each mark is final once it is there. Influence is known for all groups at the start, so that the horizontal range hardly changes.',
      'Cancel keeps what is done, and Resume goes on to the same numbers, after a crash or a restart too.',
    ],
    see: ['scatter', 'certificate'],
  },
  training: {
    section: 'The charts',
    title: 'Training curve of a network',
    paragraphs: [
      'Mean loss by epoch: the full line over the training rows, the dashed one over the test rows. Dots mark epochs after which the parameters were kept.',
      'If the training loss still falls at the end, the network is not at an optimum, and influence, which assumes one, is less to be trusted. If the test loss rises while the training loss falls, the network learns its rows by heart.',
    ],
    see: ['limits', 'actual'],
  },
  overlap: {
    section: 'The charts',
    title: 'Overlap of groups',
    paragraphs: [
      'Each cell counts the rows that two groups share; the colour is that count as a share of the smaller group. Full colour: the smaller lies inside the larger, and their effects can not be told apart by removing them.',
    ],
    see: ['pairs', 'viewBrowse'],
  },
  paperFigure: {
    section: 'The charts',
    title: 'A figure of the paper',
    paragraphs: [
      'The drawing is made of the studies that you ran for this figure, with what the paper found beside it. The list of claims says of each what the paper reports, what was found here and whether that is met; claims that your studies do not touch stay open.',
      'A quick run has few groups and can miss a claim by chance: run the figure as in the paper before you conclude that it does not hold.',
    ],
    see: ['scatter', 'lambda', 'viewPaper'],
  },
  shootOut: {
    section: 'The charts',
    title: 'Methods against retraining',
    paragraphs: [
      'A line is one method. On the left its correlation with exact retraining, for single rows and for groups, with a 95 % bootstrap interval: 1 is perfect, near 0 is no better than chance. On the right the time it took, on a logarithmic scale.',
      'Two methods whose intervals overlap much are not told apart by so few rows: ask for more. A method can be right for single rows and wrong for groups, since groups take their curvature along.',
    ],
    see: ['influence', 'agreement', 'viewAttribution'],
  },
  surprising: {
    section: 'Judging what you see',
    title: 'What a surprising point may mean',
    paragraphs: ['A mark away from the others is a question, not yet an answer. Open it and go through these in turn.'],
    points: [
      [
        'Is the truth exact?',
        'Look at the certificate. A retraining that stopped short, or an effect no larger than its bound, explains nothing.',
      ],
      [
        'Does the group own a direction?',
        'A spectrum with one large share: only these rows tell the model about some feature, or a class is almost gone. Influence falls short; Newton follows.',
      ],
      [
        'Is even Newton off?',
        'The removal changes the model so much that losses bend: very large groups, small λ, classes that become separable. Trust only the actual effect.',
      ],
      [
        'Is the sign wrong?',
        'The rows pull along one direction while the measured row looks along another that only the lost curvature connects. No cone protects against that.',
      ],
      [
        'Is it the data?',
        'Read the members: duplicates, one source, wrong labels, a shifted unit. High loss with a large influence on themselves often marks mislabelled rows.',
      ],
      [
        'Is it chance?',
        'With 1,700 groups some lie far out. Form the group with another seed, or compare with random groups of its size.',
      ],
      [
        'What it never means',
        'That the rows cause the outcome. An effect says what this model would do without them, not what is true of the world.',
      ],
    ],
    see: ['groupPanel', 'spectrum', 'certificate', 'limits'],
  },
  certificate: {
    section: 'Judging what you see',
    title: 'Certificate and effect bound',
    paragraphs: [
      'After each retraining the gradient of the loss without the group is computed once more, in double precision. The relative gradient is its length over the length of the gradient that the removal caused: 1 where retraining begins, 0 at the exact optimum. Below the study’s tolerance (1e-8 unless changed) the group counts as retrained.',
      '“Effect exact to ±x” is the effect bound: the most that the remaining gradient can still change in any measured effect of the group, to first order. An effect smaller than its bound is not told from zero.',
      'A removal without a finite optimum, such as of every row of a class, is kept and named; its effects are limits and may be infinite. A network has no optimum to certify, and so no bound.',
    ],
    see: ['actual', 'limits'],
  },
  limits: {
    section: 'Judging what you see',
    title: 'Limits of the method',
    paragraphs: ['What is said here is about one model on one dataset. Keep in mind:'],
    points: [
      [
        'Convex models',
        'For logistic, softmax, ridge and smooth-hinge models the optimum is unique and the truth certified. For networks influence relies on a damped approximation of the curvature, and actual depends on start and order.',
      ],
      ['λ stays fixed', 'The penalty is part of the question and is not chosen anew without the group.'],
      [
        'Preparation stays fixed',
        'Scaling, vocabulary and filled gaps come from all training rows and are not made anew without the group.',
      ],
      [
        'Large groups',
        'Influence is a tangent. Beyond a few per cent of the rows expect its sizes to be off, even where its order is right.',
      ],
      [
        'Lost classes',
        'Without any row of a class a free intercept has no finite optimum; effects that look at that class are infinite.',
      ],
      ['Test rows', 'Effects on one test row say little about others. Use the mean test loss for a general statement.'],
      ['Not causes', 'Effects describe the model, not the world, and are no verdict on the people behind the rows.'],
    ],
    see: ['surprising', 'certificate', 'actual'],
  },
  viewLibrary: {
    section: 'The views',
    title: 'Library',
    paragraphs: [
      'The datasets of this machine, with type, missing share and distribution of each column. Two samples are there from the start.',
      'Drop files anywhere, or choose Import: CSV, TSV, Parquet, Arrow, JSON lines, NPZ, IDX, svmlight, also as .gz, several together. You see what was understood and can change types and roles before anything is stored; the target is the column that the model predicts.',
    ],
    see: ['start', 'viewBrowse', 'viewStudy'],
  },
  viewBrowse: {
    section: 'The views',
    title: 'Browse',
    paragraphs: [
      'The rows of a dataset. Click a head to sort, Shift for several columns; add filters; pin and hide columns; open a row in full. Under “Judged by” choose a fitted study: loss, leverage and influence on a test row become columns to sort by.',
      'What is filtered can be kept as a named group; groups can be joined, intersected and subtracted, and lists of row numbers pasted. Named groups are offered in the study form.',
    ],
    see: ['overlap', 'viewStudy', 'effect'],
  },
  viewStudy: {
    section: 'The views',
    title: 'Study',
    paragraphs: [
      'What is removed, what is measured, by which model and estimators, and what it will cost, before it starts. Then its progress: groups done, rate, time left, results as they come.',
      'Groups come from seven constructors: random; random within a class; a shared feature value; clusters of features or of gradients; the rows of most positive or most negative influence. Or from a column, a file of row lists, named groups, or each row alone.',
    ],
    see: ['quantities', 'estimators', 'live', 'training'],
  },
  viewCompare: {
    section: 'The views',
    title: 'Compare',
    paragraphs: [
      'Predicted against actual effects of the groups of one study. Choose what is measured and on which test row, or all of them side by side; hide families in the legend; mark groups with a box; open one by a click.',
      'Each chart can be saved as picture, drawing or numbers, or copied, from the menu in its corner.',
    ],
    see: ['scatter', 'agreement', 'groupPanel', 'ladder', 'theory', 'cone'],
  },
  viewWhatIf: {
    section: 'The views',
    title: 'What-if',
    paragraphs: [
      'What would the model say without any rows you choose: outlined in the scatter, by conditions, by numbers, or a group. Influence and Newton follow at once; “Retrain exactly” gives the truth with its certificate and says how far each prediction was off.',
      'The rows can be kept as a named group or taken into a new study.',
    ],
    see: ['rowScatter', 'doseResponse', 'spectrum', 'certificate'],
  },
  viewAnalyses: {
    section: 'The views',
    title: 'Analyses',
    paragraphs: [
      'What a study was asked beyond its effects, all of it by exact retraining. Tick analyses in the study form, before the study runs; a study without any says so here.',
    ],
    see: ['doseResponse', 'pairs', 'shapley', 'largestGroup'],
  },
  viewAttribution: {
    section: 'The views',
    title: 'Attribution',
    paragraphs: [
      'Many methods answer which training rows made the model say what it says. Here they stand side by side on one dataset. Positive always means that removing the row raises the test loss: the row helps.',
      'Points lists, for a test row, the rows that help and harm most, by each method. Clean ranks rows whose labels look wrong; drop or relabel some and retrain to see accuracy and loss before and after. Shoot-out sets each method’s agreement with exact retraining against its cost, with bootstrap intervals.',
      'A ranking of suspects is a reading list, not a verdict: a rare but rightly labelled row looks like a wrong one.',
    ],
    see: ['shootOut', 'influence', 'actual'],
  },
  viewHistory: {
    section: 'The views',
    title: 'History',
    paragraphs: [
      'Every study of this machine: search, tag, note, pin, rename, delete with undo, duplicate and edit. The pane at the side tells where its numbers come from: the data’s fingerprint, version, seed, device and tolerance.',
      'Choose two studies to set one against the other, or several of one dataset to see ρ against λ.',
    ],
    see: ['twoStudies', 'lambda'],
  },
  viewPaper: {
    section: 'The views',
    title: 'Paper',
    paragraphs: [
      'The figures of “On the Accuracy of Influence Functions for Measuring Group Effects” (Koh, Ang, Teo and Liang 2019). Each is a study that you can run on any of your datasets, quickly or as in the paper; its claims are judged by what you ran.',
    ],
    see: ['paperFigure', 'start'],
  },
  viewSettings: {
    section: 'The views',
    title: 'Settings',
    paragraphs: [
      'Where new studies are computed. Every device is listed with its precision, measured rate and, where it can not be used, the reason. The fastest is chosen by itself; choose another by hand if you like. The choice changes how long a study takes, not what it finds.',
    ],
    see: ['certificate'],
  },
} as const satisfies Record<string, HelpTopic>;

export type TopicId = keyof typeof TOPICS;
export const TOPIC_IDS = Object.keys(TOPICS) as TopicId[];

export function topicOf(id: TopicId): HelpTopic {
  return TOPICS[id];
}

/** Whether a text names a topic. */
export function isTopic(text: string): text is TopicId {
  return Object.hasOwn(TOPICS, text);
}

const OF_VIEW: Record<View, TopicId> = {
  library: 'viewLibrary',
  browse: 'viewBrowse',
  study: 'viewStudy',
  compare: 'viewCompare',
  'what-if': 'viewWhatIf',
  analyses: 'viewAnalyses',
  attribution: 'viewAttribution',
  history: 'viewHistory',
  paper: 'viewPaper',
  settings: 'viewSettings',
};

/** The topic of what is open. */
export function topicOfPlace({ view, id, options }: Place): TopicId {
  if (view === 'history' && options['show'] === 'two') return 'twoStudies';
  if (view === 'history' && options['show'] === 'lambda') return 'lambda';
  if (view === 'paper' && id !== null) return 'paperFigure';
  return OF_VIEW[view];
}

/** Everything a topic says, for a search. */
export function textOf(id: TopicId): string {
  const { title, section, paragraphs, points = [] } = topicOf(id);
  return [title, section, ...paragraphs, ...points.flat()].join(' ');
}

/** Topics that have every word of `query` in them; those that have them in the title first. */
export function findTopics(query: string): TopicId[] {
  const words = query.toLowerCase().split(/\s+/);
  const has = (text: string): boolean => words.every((word) => text.toLowerCase().includes(word));
  const found = TOPIC_IDS.filter((id) => has(textOf(id)));
  const named = found.filter((id) => has(topicOf(id).title));
  return [...named, ...found.filter((id) => !named.includes(id))];
}
