// Segment's Node SDK, unchanged, against `journey serve`: what is sent is there once.
import { createRequire } from 'node:module'
import assert from 'node:assert'

const [modules, host, writeKey, readKey] = process.argv.slice(2)
const { Analytics } = createRequire(`${modules}/`)('@segment/analytics-node')

const ask = async (path) => {
  const answer = await fetch(host + path, { headers: { Authorization: `Bearer ${readKey}` } })
  assert.equal(answer.status, 200, path)
  return answer.json()
}

const before = (await ask('/v1/journeys/thanks')).entered
const analytics = new Analytics({ writeKey, host, flushAt: 20 })
const failed = []
analytics.on('error', (error) => failed.push(error))
analytics.identify({ userId: 'node', traits: { email: 'node@example.com' } })
for (let number = 0; number < 150; number++) {
  const properties = { order_id: `node-${number}`, total: 12.5 }
  analytics.track({ userId: `node-${number}`, event: 'Order Completed', properties })
}
analytics.group({ userId: 'node', groupId: 'g' })
await analytics.closeAndFlush({ timeout: 20000 })
assert.deepEqual(failed, [])
assert.equal((await ask('/v1/profiles/user_id:node')).fields.email, 'node@example.com')
assert.equal((await ask('/v1/journeys/thanks')).entered - before, 150)
console.log('@segment/analytics-node: 152 calls, 150 orders entered once')
