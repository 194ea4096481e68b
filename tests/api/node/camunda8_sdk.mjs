// The client @camunda8/sdk, as it is, drives a process over REST from deployment to end.
// Usage: node camunda8_sdk.mjs URL MODEL. Prints one line of JSON; any surprise is an error.

import assert from 'node:assert/strict'
import { Camunda8 } from '@camunda8/sdk'

const [url, model] = process.argv.slice(2)
const camunda = new Camunda8({
  ZEEBE_REST_ADDRESS: url,
  CAMUNDA_AUTH_STRATEGY: 'NONE',
  CAMUNDA_LOG_LEVEL: 'none',
})
const client = camunda.getCamundaRestClient()

/** The first item of a search, as soon as there is one. */
async function first(search) {
  for (let attempt = 0; attempt < 1000; attempt++) {
    const { items } = await search()
    if (items.length > 0) return items[0]
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
  throw new Error(`nothing found by ${search}`)
}

const { gatewayVersion } = await client.getTopology()
const deployed = await client.deployResourcesFromFiles([model])
assert.equal(deployed.processes[0].processDefinitionId, 'client_story')

let attempts = 0
client.createJobWorker({
  type: 'charge',
  worker: 'node',
  timeout: 60_000,
  maxJobsToActivate: 5,
  pollIntervalMs: 20,
  jobHandler: (job) => job.complete({ charged: job.variables.amount }),
})
client.createJobWorker({
  type: 'ship',
  worker: 'node',
  timeout: 60_000,
  maxJobsToActivate: 5,
  pollIntervalMs: 20,
  jobHandler: (job) => (++attempts === 1 ? job.fail({ errorMessage: 'no truck', retries: 0 }) : job.complete({})),
})

const { processInstanceKey } = await client.createProcessInstance({
  processDefinitionId: 'client_story',
  variables: { orderId: 'o-2', amount: 7 },
})
const filter = { processInstanceKey }

const task = await first(() => client.searchUserTasks({ filter, sort: [{ field: 'creationDate', order: 'asc' }] }))
await client.assignUserTask({ userTaskKey: task.userTaskKey, assignee: 'ada' })
await client.updateUserTask({ userTaskKey: task.userTaskKey, changeset: { candidateGroups: ['sales', 'eu'] } })
const taken = await client.getUserTask(task.userTaskKey)
assert.deepEqual([taken.assignee, taken.candidateGroups], ['ada', ['sales', 'eu']])
await client.completeUserTask({ userTaskKey: task.userTaskKey, variables: { approved: true } })

const correlated = await client.correlateMessage({ name: 'payment_received', correlationKey: 'o-2', variables: {} })
assert.equal(correlated.processInstanceKey, processInstanceKey)

const incident = await first(() => client.searchIncidents({ filter: { ...filter, state: 'ACTIVE' } }))
await client.updateJob({ jobKey: incident.jobKey, retries: 1 })
await client.resolveIncident(incident.incidentKey)
const instance = await first(() => client.searchProcessInstances({ filter: { ...filter, state: 'COMPLETED' } }))

const variables = await client.searchVariables({ filter })
const elements = await client.searchElementInstances({ filter })
const xml = await client.getProcessDefinitionXML(instance.processDefinitionKey)
assert.match(xml, /<bpmn:process/)
await assert.rejects(client.cancelProcessInstance({ processInstanceKey }), (error) => error.statusCode === 404)

client.stopWorkers()
console.log(
  JSON.stringify({
    gatewayVersion,
    errorMessage: incident.errorMessage,
    state: instance.state,
    variables: Object.fromEntries(variables.items.map(({ name, value }) => [name, value])),
    elements: elements.items.map((element) => element.elementId),
  })
)
process.exit(0)
