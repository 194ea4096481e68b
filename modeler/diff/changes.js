// What is different between two BPMN models, for people: elements that came, went, moved, and each property that
// changed, those of extensions included.

import { words } from '../words.js';

/** Properties that only tie elements together, or are elements of their own. */
const PASSED_OVER = new Set([
  'id', 'di', 'incoming', 'outgoing', 'flowElements', 'artifacts', 'laneSets', 'lanes', 'participants', 'messageFlows', 'flowNodeRef',
  'rootElements', 'diagrams', 'dataObjectRef', 'boundaryEventRefs', 'exporter', 'exporterVersion',
]);
const CONTAINERS = ['rootElements', 'flowElements', 'artifacts', 'laneSets', 'lanes', 'participants', 'messageFlows'];

/**
 * A list of {id, kind: 'added' | 'removed' | 'changed' | 'moved', title, properties: [{label, before, after}]}.
 * `before` and `after` are undefined where the property is not there. `moved` are ids whose place is another.
 */
export function changesBetween(oldDefinitions, newDefinitions, moved) {
  const [old, current] = [identified(oldDefinitions), identified(newDefinitions)];
  const changes = [];
  for (const [id, element] of current) {
    if (!old.has(id)) changes.push(change(id, 'added', element));
    else {
      const properties = propertyChanges(old.get(id), element);
      if (properties.length) changes.push({ ...change(id, 'changed', element), properties });
      else if (moved.includes(id)) changes.push(change(id, 'moved', element));
    }
  }
  for (const [id, element] of old) if (!current.has(id)) changes.push(change(id, 'removed', element));
  return changes;
}

function change(id, kind, element) {
  const name = element.name || element.text || '';
  return { id, kind, title: `${words(element.$type).toLowerCase()} ${name ? `“${name}”` : id}`, properties: [] };
}

/** All elements with an id of their own, by it. */
function identified(root, found = new Map()) {
  for (const container of CONTAINERS) {
    for (const child of root.get(container) ?? []) {
      if (child.id) found.set(child.id, child);
      identified(child, found);
    }
  }
  return found;
}

function propertyChanges(before, after) {
  const [old, current] = [flattened(before), flattened(after)];
  old.set('Type', plain(words(before.$type)));
  current.set('Type', plain(words(after.$type)));
  return [...new Set([...old.keys(), ...current.keys()])]
    .filter((label) => old.get(label)?.same !== current.get(label)?.same)
    .map((label) => ({ label, before: old.get(label)?.text, after: current.get(label)?.text }));
}

/** A value as people read it; `same` is what tells whether it changed. */
const plain = (value) => ({ text: String(value), same: String(value) });

/** The properties of an element, by a label that people read: `Task definition › Retries`. */
function flattened(element, path = [], found = new Map()) {
  for (const property of element.$descriptor.properties) {
    const name = property.ns.localName;
    if (PASSED_OVER.has(name) || property.isVirtual) continue;
    const value = element.get(property.name);
    if (value === undefined || value === property.default) continue;
    flattenValue(value, property, path, found);
  }
  for (const [name, value] of Object.entries(element.$attrs ?? {})) if (!name.startsWith('xmlns')) found.set([...path, name].join(' › '), plain(value));
  return found;
}

function flattenValue(value, property, path, found) {
  const label = property.name === '$body' || property.isBody ? null : words(property.ns.localName);
  if (Array.isArray(value)) {
    value.forEach((each, index) => flattenItem(each, property, [...path, itemLabel(each, label, value, index)], found));
  } else {
    flattenItem(value, property, label && !WRAPPERS.has(label) ? [...path, label] : path, found);
  }
}

const WRAPPERS = new Set(['Extension elements']);

function flattenItem(value, property, path, found) {
  const label = path.join(' › ');
  if (property.isReference) {
    found.set(label, { text: value.name || value.id, same: value.id });
  } else if (value?.$type) {
    if (label) found.set(label, plain('there'));
    flattened(value, path, found);
  } else {
    found.set(label || 'Text', plain(value));
  }
}

/** What tells one of several values from the others: its target, key or name, else its number. */
function itemLabel(value, label, all, index) {
  if (!value?.$type) return all.length > 1 ? `${label} ${index + 1}` : label;
  const own = value.target || value.key || value.name;
  const alike = all.filter(({ $type }) => $type === value.$type);
  const type = words(value.$type);
  if (own) return `${type} “${own}”`;
  return alike.length > 1 ? `${type} ${alike.indexOf(value) + 1}` : type;
}
