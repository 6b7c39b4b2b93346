--[[
beat: store a heartbeat of an attempt, if somebody still waits for the attempt.

KEYS[1]   open       hash: run -> "<epoch>:<batch>:<position>:<owner>"
KEYS[2]   attempts   hash: "<run> <attempt> <task key>" -> JSON of its holder; attempt 0 = JSON of details kept for the next
KEYS[3]   beats      sorted set: field of `attempts` -> epoch ms at which a sweeper looks at it
KEYS[4]   facts      hash of the run's dedupe keys
ARGV[1]   run        its id
ARGV[2]   field      of `attempts`
ARGV[3]   value      what it holds from now on
ARGV[4]   worker     who says so: it must hold the attempt, or own the run when the attempt is 0
ARGV[5]   ending     dedupe key of the end of the task
ARGV[6]   dueIn      ms from now at which a sweeper looks at it; -1 = never

Returns 1 when the heartbeat was stored; 0 when nobody waits for the attempt: nothing was written.
Cost: O(log(beats)).
]]
local open, attempts, beats, facts = KEYS[1], KEYS[2], KEYS[3], KEYS[4]
local run, field, value, worker, ending, dueIn = ARGV[1], ARGV[2], ARGV[3], ARGV[4], ARGV[5], tonumber(ARGV[6])

local record = redis.call('HGET', open, run)
if not record or redis.call('HEXISTS', facts, ending) == 1 then
  return 0
end
local owner = string.match(record, '^%d+:%d+:%d+:(.*)$')
if string.sub(field, #run + 2, #run + 3) ~= '0 ' then
  local held = redis.call('HGET', attempts, field)
  owner = held and cjson.decode(held).worker
end
if owner ~= worker then
  return 0
end
redis.call('HSET', attempts, field, value)
if dueIn >= 0 then
  local clock = redis.call('TIME')
  redis.call('ZADD', beats, tonumber(clock[1]) * 1000 + math.floor(tonumber(clock[2]) / 1000) + dueIn, field)
end
return 1
