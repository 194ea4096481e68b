// The editor's page (/modeler/KEY): a tab for each open model, its toolbar, its notices, its problems.
//
//   workbench.js   the tabs; which model is in front; what the toolbar does to it
//   model.js       one open model: its editor, its saving, its copy for a crash
//   saving.js      drafts saved as they are typed, by revision; recovery.js keeps a copy in this browser
//   diagram.js     the BPMN editor; references.js ties tasks to their forms, decisions and processes; keyboard.js does
//                  without a mouse
//   drawing.js     a drawing for files that have none
//   problems.js    the list of problems; lint.js asks the linter, the server asks the engine
//   deploying.js   deploy and start; versions.js former states; exporting.js files and pictures
//
// The editors of decisions and forms are modules of their own (modeler/decisions, modeler/forms), loaded when a model
// of their kind is opened. An editor is what its module's `open(pane, options)` resolves to:
//
//   content()      resolves to the text to save           replace(content)   shows another text
//   undo(), redo() jump(elementId)                         zoom(step)         'in', 'out' or 'fit'
//   find()         svg()  resolves to a picture            mark(problems)     shows them on the elements
//   destroy()      (all but content, replace and destroy only where the kind has them)

import './editor.css';
import { Workbench } from './workbench.js';

const page = JSON.parse(document.getElementById('page-data').textContent);

new Workbench(page).start();
