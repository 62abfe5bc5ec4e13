/** `node test/conformance/write-fidelity-table.ts` rewrites the table of docs/emulator.md. */
import { allBehaviours } from "./all-behaviours.ts";
import { writeFidelityTable } from "./fidelity-table.ts";

writeFidelityTable(allBehaviours);
