export { board, type Board, type BoardOptions } from './board.ts';
export { colours, coloursFor, type Colours, type ColourVariables } from './colours.ts';
export { duration } from './duration.ts';
export { exitMeanings, exitStatusText } from './exit-status.ts';
export {
  failureLine,
  failureReason,
  failureText,
  groupFailures,
  statusText,
  type FailureGroup,
  type FailureTextOptions,
} from './failure-text.ts';
export { hostRanges, hostsText, whereText } from './hosts-text.ts';
export { json, type JsonOptions } from './json.ts';
export { lines, type LinesOptions, type Verbosity } from './lines.ts';
export { logFiles, type LogFiles, type LogFilesOptions } from './log-files.ts';
export { plain } from './plain.ts';
export { currentText } from './plan-header.ts';
export { planJson } from './plan-json.ts';
export { planText, type PlanTextOptions } from './plan-text.ts';
export { summaryText, type SummaryOptions } from './summary.ts';
export { systemClock, terminalOf, type Clock, type Terminal } from './terminal.ts';
export { trace, type Trace } from './trace.ts';
export { pad, textWidth, truncate } from './width.ts';
