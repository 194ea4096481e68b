// The client @camunda8/orchestration-cluster-api, as it is, which validates what it sends.
// (Its validation of answers knows 8.8 only, which left out what 8.10 sends as null.)
// Usage: node orchestration_cluster_api.mjs URL MODEL. Prints one line of JSON; any surprise is an error.

import assert from 'node:assert/strict'
import { createCamundaClient } from '@camunda8/orchestration-cluster-api'

const [url, model] = process.argv.slice(2)
const client = createCamundaClient({
  config: {
    CAMUNDA_REST_ADDRESS: url,
    CAMUNDA_AUTH_STRATEGY: 'NONE',
    CAMUNDA_SDK_VALIDATION: 'req:strict,res:none',
    CAMUNDA_SDK_LOG_LEVEL: 'warn',
  },
})
const soon = { consistency: { waitUpToMs: 20_000, pollIntervalMs: 20 } }
const now = { consistency: { waitUpToMs: 0 } }

const topology = await client.getTopology()
await client.getLicense()
await client.getAuthentication()
const deployed = await client.deployResourcesFromFiles([model])
const { processDefinitionId, processDefinitionKey } = deployed.processes[0]
assert.equal(processDefinitionId, 'client_story')

let attempts = 0
for (const [jobType, jobHandler] of Object.entries({
  charge: (job) => job.complete({ charged: job.variables.amount }),
  ship: (job) => (++attempts === 1 ? job.fail({ errorMessage: 'no truck', retries: 0 }) : job.complete({})),
})) {
  client.createJobWorker({ jobType, jobHandler, jobTimeoutMs: 60_000, maxParallelJobs: 5, workerName: 'node' })
}

const { processInstanceKey } = await client.createProcessInstance({
  processDefinitionId,
  variables: { orderId: 'o-3', amount: 7 },
})
const filter = { processInstanceKey }

const [task] = (await client.searchUserTasks({ filter }, soon)).items
const { userTaskKey } = task
await client.assignUserTask({ userTaskKey, assignee: 'ada' })
await client.updateUserTask({ userTaskKey, changeset: { priority: 77 } })
const taken = await client.getUserTask({ userTaskKey }, now)
assert.deepEqual([taken.assignee, taken.priority], ['ada', 77])
await client.searchUserTaskVariables({ userTaskKey }, now)
await client.completeUserTask({ userTaskKey, variables: { approved: true } })

await client.searchMessageSubscriptions({ filter }, soon)
await client.correlateMessage({ name: 'payment_received', correlationKey: 'o-3', variables: {} })
await client.searchCorrelatedMessageSubscriptions({ filter }, soon)

const [incident] = (await client.searchIncidents({ filter: { ...filter, state: 'ACTIVE' } }, soon)).items
await client.getIncident({ incidentKey: incident.incidentKey }, now)
await client.updateJob({ jobKey: incident.jobKey, changeset: { retries: 1 } })
await client.resolveIncident({ incidentKey: incident.incidentKey })
const ended = { filter: { ...filter, state: { $in: ['COMPLETED'] } } }
const [instance] = (await client.searchProcessInstances(ended, soon)).items

const elements = (await client.searchElementInstances({ filter }, now)).items
await client.getElementInstance({ elementInstanceKey: elements[1].elementInstanceKey }, now)
await client.searchJobs({ filter }, now)
await client.searchVariables({ filter }, now)
await client.searchProcessDefinitions({}, now)
await client.getProcessDefinition({ processDefinitionKey }, now)
await client.getProcessDefinitionXml({ processDefinitionKey }, now)
await client.getProcessDefinitionStatistics({ processDefinitionKey }, now)
await client.getProcessInstance({ processInstanceKey }, now)
await client.getProcessInstanceStatistics({ processInstanceKey }, now)
await client.getProcessInstanceCallHierarchy({ processInstanceKey }, now)
await client.searchProcessInstanceIncidents({ processInstanceKey }, now)
const flows = (await client.getProcessInstanceSequenceFlows({ processInstanceKey }, now)).items

client.stopAllWorkers()
console.log(
  JSON.stringify({
    gatewayVersion: topology.gatewayVersion,
    errorMessage: incident.errorMessage,
    state: instance.state,
    elements: elements.map((element) => element.elementId),
    flows: flows.length,
  })
)
process.exit(0)
