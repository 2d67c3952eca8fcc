import { describeSteps, isQuick, ways } from './durable-script-suite.ts';

describeSteps(ways.filter(isQuick));
