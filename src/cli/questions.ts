import { Interrupted } from '../run/state.ts';

/**
 * A yes-or-no question; anything but a yes is a no.
 * @throws Interrupted for Ctrl-C.
 */
export const confirm = async (question: string): Promise<boolean> => {
  const { confirm: ask, isCancel } = await import('@clack/prompts');
  const answer = await ask({ message: question, initialValue: false });
  if (isCancel(answer)) throw new Interrupted('SIGINT');
  return answer;
};

/** A line of text; undefined when the person gave up. */
export const askText = async (question: string, usual: string): Promise<string | undefined> => {
  const { text } = await import('@clack/prompts');
  const answer = await text({ message: question, initialValue: usual });
  return typeof answer === 'string' ? answer : undefined;
};
