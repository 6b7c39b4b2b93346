--[[
release-attempt: a worker that stops gives back an attempt of a queued task, as if it had never begun it. Details of
its last heartbeat are kept for whoever begins it again.

KEYS[1]   attempts   hash: "<run> <attempt> <task key>" -> JSON of its holder; attempt 0 = JSON of details kept for the next
KEYS[2]   beats      sorted set: field of `attempts` -> epoch ms at which a sweeper looks at it
KEYS[3]   facts      hash of the run's dedupe keys
ARGV[1]   field      of `attempts`
ARGV[2]   worker     who gives it back: it must hold it
ARGV[3]   start      dedupe key of the start of the attempt: it may be recorded again
ARGV[4]   keptField  of `attempts`, for the details
ARGV[5]   kept       JSON of the details; "" = there are none
ARGV[6]   keptMs     how long a sweeper leaves them alone

Returns 1 when it was given back, now or by the same call before, whose reply was lost: nobody has begun it. 0 when this
worker did not hold it: nothing was written.
Cost: O(log(beats)).
]]
local attempts, beats, facts = KEYS[1], KEYS[2], KEYS[3]
local field, worker, start, keptField, kept, keptMs = ARGV[1], ARGV[2], ARGV[3], ARGV[4], ARGV[5], tonumber(ARGV[6])

local held = redis.call('HGET', attempts, field)
if not held or cjson.decode(held).worker ~= worker then
  return 1 - redis.call('HEXISTS', facts, start)
end
redis.call('HDEL', attempts, field)
redis.call('ZREM', beats, field)
redis.call('HDEL', facts, start)
if kept ~= '' then
  local clock = redis.call('TIME')
  redis.call('HSET', attempts, keptField, kept)
  redis.call('ZADD', beats, tonumber(clock[1]) * 1000 + math.floor(tonumber(clock[2]) / 1000) + keptMs, keptField)
end
return 1
