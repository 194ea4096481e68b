// The pages of operations: lists with filters, operations on many, the diagram of a definition, messages.

import './operations/operations.css';
import { installActions } from './operations/actions.js';
import { installDefinition } from './operations/definition.js';
import { installEach } from './operations/each.js';
import { installFilters } from './operations/filters.js';
import { installMessages } from './operations/messages.js';
import { installSelection } from './operations/selection.js';
import { installStart } from './operations/start.js';
import { lookAgainOnChange } from './operations/look_again.js';

installFilters();
installSelection();
installActions();
installEach();
installStart();
installMessages();
installDefinition();
lookAgainOnChange();
