--[[
claim: make a worker the owner of a run, and give it the run's history in the same round trip.

KEYS[1]   open      hash: run -> "<epoch>:<batch>:<position>:<owner>"; owner "" = parked, "!" = blocked
KEYS[2]   due       sorted set: run -> epoch ms; the entry goes, as the owner looks after the run now
KEYS[3]   stream    the run's events
ARGV[1]   run       its id
ARGV[2]   worker    who claims
ARGV[3]   floor     the new epoch will be above this one: the epoch of the last turn, if a failover lost the record
ARGV[4]   instead   "<epoch>:<owner>" of a dead owner that may be replaced; "" = none

Returns {status, now, epoch, owner, bodies}: "ok" (bodies: the whole history); "owned" (by `owner`, at `epoch`);
"blocked"; "closed" (the run has ended); "missing" (there is no such run).
Cost: O(events of the run).
]]
local open, due, stream = KEYS[1], KEYS[2], KEYS[3]
local run, worker, floor, instead = ARGV[1], ARGV[2], tonumber(ARGV[3]), ARGV[4]
local clock = redis.call('TIME')
local now = tonumber(clock[1]) * 1000 + math.floor(tonumber(clock[2]) / 1000)

local record = redis.call('HGET', open, run)
if not record then
  return {redis.call('XLEN', stream) > 0 and 'closed' or 'missing', now, 0, '', {}}
end
local epoch, position, owner = string.match(record, '^(%d+):%d+:(%d+):(.*)$')
if owner == '!' then
  return {'blocked', now, tonumber(epoch), '', {}}
end
if owner ~= '' and instead ~= epoch .. ':' .. owner then
  return {'owned', now, tonumber(epoch), owner, {}}
end

local granted = math.max(tonumber(epoch), floor) + 1
redis.call('HSET', open, run, granted .. ':0:' .. position .. ':' .. worker)
redis.call('ZREM', due, run)
local bodies = {}
for _, entry in ipairs(redis.call('XRANGE', stream, '-', '+')) do
  bodies[#bodies + 1] = entry[2][2]
end
return {'ok', now, granted, worker, bodies}
