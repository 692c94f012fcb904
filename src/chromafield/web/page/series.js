// What was carried to the photograph from others of its series: taken as marks of its own, or thrown away.

import * as api from "./api.js";
import { attempt, say, state } from "./state.js";
import { change, whenSolved } from "./work.js";

let asked = null; // the picture that it was last asked for

async function offerDraft() {
  const { id } = state;
  if (!state.light || asked === id) return;
  asked = id;
  const told = await attempt("draft", () => api.draft(id));
  const count = told?.marks.length;
  if (!count || id !== state.id) return;
  const end = () => attempt("draft", () => api.removeDraft(id));
  const take = () => {
    const { now } = state.history;
    change({ ...now, marks: [...now.marks, ...told.marks] });
    end();
  };
  const marks = count === 1 ? "One mark was" : `${count} marks were`;
  say("draft", `${marks} carried here from other photographs of the series.`, { "Show and keep": take, "Throw away": end });
}

whenSolved(offerDraft);
