import { expect, test } from '@jest/globals';
import { describeFleet } from './describe.ts';
import { startFleet } from './index.ts';
import { commcarePackages, packageLayer } from './layer.ts';

describeFleet('namespaces', 'a package layer', () => {
  test('gives hosts packages that this machine has not, their users, and no running service', async () => {
    const fleet = await startFleet({ kind: 'namespaces', hosts: ['app'], layers: [packageLayer(commcarePackages)] });
    const said = async (command: string) => (await fleet.host('app').exec(command)).stdout.trim();
    try {
      const installed = await said(`dpkg-query -W -f '\${db:Status-Status} ' ${commcarePackages.join(' ')}`);
      expect(installed.split(' ')).toEqual(commcarePackages.map(() => 'installed'));
      expect(await said('id -un rabbitmq redis postgres deploy')).toBe('rabbitmq\nredis\npostgres\ndeploy');
      expect(await said('dpkg --audit; ls /usr/sbin/policy-rc.d')).toBe('');
      expect(await said('ps -eo comm= | sort -u | xargs')).toMatch(/^((ps|sh|sleep|sort|sshd|xargs) ?)+$/);
    } finally {
      await fleet.stop();
    }
  }, 300_000);
});
