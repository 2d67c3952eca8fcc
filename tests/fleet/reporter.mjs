/** Says how many tests ran on which fleet, just before jest's own summary. */
export default class FleetReporter {
  onRunComplete(_contexts, { testResults }) {
    const tests = testResults.flatMap((suite) => suite.testResults);
    const counted = ['namespaces', 'loopback'].map((kind) => {
      const on = tests.filter(({ fullName }) => new RegExp(`\\(${kind}\\)|no ${kind} fleet here`).test(fullName));
      const ran = on.filter(({ status }) => status === 'passed' || status === 'failed').length;
      return `${ran} on ${kind} fleets${on.length > ran ? ` (${on.length - ran} left out)` : ''}`;
    });
    process.stderr.write(`\nOf these tests ran ${counted.join(', ')}.\n`);
  }
}
