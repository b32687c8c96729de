/** The milliseconds of CPU that work takes in this process; other than the clock's, they say little about who else is at work. */
export function measureCpu(work: () => void): number {
  const before = process.cpuUsage();
  work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000;
}
