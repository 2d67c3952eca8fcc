/** A yes-or-no question; anything but a yes is a no. */
export const confirm = async (question: string): Promise<boolean> => {
  const { confirm: ask } = await import('@clack/prompts');
  return (await ask({ message: question, initialValue: false })) === true;
};

/** A line of text; undefined when the person gave up. */
export const askText = async (question: string, usual: string): Promise<string | undefined> => {
  const { text } = await import('@clack/prompts');
  const answer = await text({ message: question, initialValue: usual });
  return typeof answer === 'string' ? answer : undefined;
};
