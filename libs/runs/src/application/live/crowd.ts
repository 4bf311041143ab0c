import { RefusedError } from '#libs/kernel';
import { mostOfServer, mostOfTeam } from './bounds';

/** Counts who listens or waits, by team. */
export class Crowd {
  private readonly byTeam = new Map<string, number>();
  private all = 0;

  get size(): number {
    return this.all;
  }

  /**
   * Takes one more. Returns what lets it go.
   * @throws RefusedError QUOTA_EXCEEDED if there are too many of the team; SERVICE_UNAVAILABLE if there are too many.
   */
  enter(team: string): () => void {
    if (this.all >= mostOfServer) {
      throw new RefusedError(
        'SERVICE_UNAVAILABLE',
        `This server has ${mostOfServer} event streams and waiting requests already, which is the most. Try again shortly.`,
      );
    }
    const ofTeam = this.byTeam.get(team) ?? 0;
    if (ofTeam >= mostOfTeam) {
      const message = `The team has ${mostOfTeam} event streams and waiting requests on this server already, which is the most.`;
      throw new RefusedError('QUOTA_EXCEEDED', message);
    }
    this.all++;
    this.byTeam.set(team, ofTeam + 1);
    let isIn = true;
    return () => {
      if (!isIn) return;
      isIn = false;
      this.all--;
      const left = (this.byTeam.get(team) ?? 1) - 1;
      if (left > 0) this.byTeam.set(team, left);
      else this.byTeam.delete(team);
    };
  }
}
