import { useEffect, useRef } from "react";

/** What the tool asks before it books; see tools.py. */
export type Question = { question: string; train: string; euros: number };

type Props = { question: Question; answer: (approved: boolean) => void };

/** Stands where one would write: first the question, then the next message. */
export function Approval({ question, answer }: Props) {
  const card = useRef<HTMLElement>(null);
  // The card has the focus and not one of its buttons: no key that is on its way books anything.
  useEffect(() => card.current?.focus(), []);
  return (
    <section ref={card} tabIndex={-1} aria-labelledby="question" className="approval">
      <p id="question">{question.question}</p>
      <button className="main" onClick={() => answer(true)}>
        Yes, book it
      </button>
      <button onClick={() => answer(false)}>No</button>
    </section>
  );
}
