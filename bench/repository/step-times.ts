/** Seconds by the name of a step. */
export type StepTimes = Readonly<Record<string, number>>;

/** Reads the summary's table of steps: `  code.update          web2          0.4 s`. Nothing where there is none. */
export const stepTimes = (said: string): StepTimes =>
  Object.fromEntries(
    [...said.matchAll(/^ {2}([a-z][\w.-]*) +\S+ +([\d.]+) s$/gm)].map(([, step = '', seconds]) => [
      step,
      Number(seconds),
    ]),
  );
