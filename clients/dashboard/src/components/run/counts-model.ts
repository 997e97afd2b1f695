/** How many steps, checkpoints and artifacts the events of a run tell. */
import type { RunEvent } from "@/api/types";

export interface Counts {
  steps: number;
  checkpoints: number;
  artifacts: number;
}

export class CountsModel {
  private readonly steps = new Set<string>();
  private checkpoints = 0;
  private artifacts = 0;

  take(events: readonly RunEvent[], from: number): void {
    for (let at = from; at < events.length; at++) {
      const event = events[at];
      if (event?.stepChanged && event.stepId) this.steps.add(event.stepId);
      else if (event?.stateUpdated) this.checkpoints++;
      else if (event?.artifactAdded) this.artifacts++;
    }
  }

  show(): Counts {
    const { checkpoints, artifacts } = this;
    return { steps: this.steps.size, checkpoints, artifacts };
  }
}
