--[[
claim: make a worker the owner of a run, and give it the run's history in the same round trip.

KEYS[1]   open      hash: run -> "<epoch>:<batch>:<position>:<owner>"; owner "" = parked, "!" = blocked
KEYS[2]   due       sorted set: run -> epoch ms; the entry goes, as the owner looks after the run now
KEYS[3]   stream    the run's events
ARGV[1]   run       its id
ARGV[2]   worker    who claims
ARGV[3]   floor     the new epoch will be above this one: the epoch of the last turn, if a failover lost the record
ARGV[4]   instead   "<epoch>:<owner>" of a dead owner that may be replaced; "" = none
ARGV[5]   call      a number of this call's own: it stands as the position until the first commit, so that a call
                    whose reply was lost is known when it is sent again

Returns {status, now, epoch, owner, bodies, strange}: "ok" (bodies: the whole history); "owned" (by `owner`, at
`epoch`); "blocked"; "closed" (the run has ended); "missing" (there is no such run). `strange` is the id of the first
entry that does not stand in its place, and bodies end before it; "" = none.
Cost: O(events of the run).
]]
local open, due, stream = KEYS[1], KEYS[2], KEYS[3]
local run, worker, floor, instead, call = ARGV[1], ARGV[2], tonumber(ARGV[3]), ARGV[4], ARGV[5]
local clock = redis.call('TIME')
local now = tonumber(clock[1]) * 1000 + math.floor(tonumber(clock[2]) / 1000)

local record = redis.call('HGET', open, run)
if not record then
  local tail = redis.call('XREVRANGE', stream, '+', '-', 'COUNT', 1)[1]
  if not tail or tail[2][3] == 'b' then
    return {tail and 'closed' or 'missing', now, 0, '', {}, ''}
  end
  record = '0:0:0:' -- lost from outside: only the last entry of an ended run carries `b`
end
local epoch, batch, position, owner = string.match(record, '^(%d+):(%d+):(%d+):(.*)$')
local granted = tonumber(epoch)
if owner == '!' then
  return {'blocked', now, granted, '', {}, ''}
end
if owner ~= worker or batch ~= '0' or position ~= call then
  if owner ~= '' and instead ~= epoch .. ':' .. owner then
    return {'owned', now, granted, owner, {}, ''}
  end
  granted = math.max(granted, floor) + 1
  redis.call('HSET', open, run, granted .. ':0:' .. call .. ':' .. worker)
  redis.call('ZREM', due, run)
end
local entries = redis.call('XRANGE', stream, '-', '+')
local count, bodies, areWhole, sub = #entries, {}, true, string.sub
for index = 1, count do
  local entry = entries[index]
  areWhole = areWhole and sub(entry[1], -2) == '-0'
  bodies[index] = entry[2][2]
end
-- ids ascend: so many whole ones up to this one stand at 1, 2, 3, ... (to make each id anew would take a third of the time)
if count == 0 or areWhole and entries[count][1] == count .. '-0' then
  return {'ok', now, granted, worker, bodies, ''}
end
bodies = {}
for index, entry in ipairs(entries) do
  if entry[1] ~= index .. '-0' then
    return {'ok', now, granted, worker, bodies, entry[1]}
  end
  bodies[index] = entry[2][2]
end
