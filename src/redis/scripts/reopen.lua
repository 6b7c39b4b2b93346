--[[
reopen: a run that has ended begins another attempt, in its own stream; or a new run goes on from a copied history.

KEYS[1]   open      hash: run -> "<epoch>:<batch>:<position>:<owner>"; a run that has ended is not in it
KEYS[2]   feed      stream: every commit of the shard, in commit order
KEYS[3]   due       sorted set: run -> epoch ms; the run is due at once, so that somebody finds it
KEYS[4]   stream    the run's events
KEYS[5]   runs      sorted set: run -> epoch ms of its creation; a new run comes into it
ARGV[1]   run       its id
ARGV[2]   seen      position of its last event, as the caller knows it
ARGV[3]   body      the event without its time
ARGV[4]   feedMax   entries that the feed keeps at least
ARGV[5]   created   epoch ms of the creation of a new run; "" = it is no new one
ARGV[6+]  history   bodies with their times, of positions 1, 2, 3, ...; nothing is written of a fork but all of it

Returns {status, position of the last event, now}: "ok"; "again" (this very event was recorded before: a reply was
lost); "exists" (the run is open, or has other events than the caller knows); "missing" (there is no such run).
Cost: O(1), or O(events of the history).
]]
local open, feed, due, stream, runs = KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5]
local run, seen, body, feedMax, created = ARGV[1], tonumber(ARGV[2]), ARGV[3], ARGV[4], ARGV[5]
local clock = redis.call('TIME')
local now = tonumber(clock[1]) * 1000 + math.floor(tonumber(clock[2]) / 1000)

local cursor, position = 6, 1
if redis.call('EXISTS', stream) == 0 then
  while ARGV[cursor] do
    redis.call('XADD', stream, position .. '-0', 'e', ARGV[cursor])
    cursor, position = cursor + 1, position + 1
  end
  if position > 1 then redis.call('ZADD', runs, created, run) end
end
local length = redis.call('XLEN', stream)
if length == 0 then
  return {'missing', 0, now}
end
local following = redis.call('XRANGE', stream, seen + 1, seen + 1)[1]
if following and string.sub(following[2][2], 7) == body then
  return {'again', seen + 1, now}
end
if redis.call('HEXISTS', open, run) == 1 or length ~= seen then
  return {'exists', length, now}
end
local entry = struct.pack('>I2I4', math.floor(now / 4294967296), now % 4294967296) .. body
redis.call('XADD', stream, (seen + 1) .. '-0', 'e', entry)
redis.call('XADD', feed, 'MAXLEN', '~', feedMax, '*', 'r', run, 'p', seen + 1, 'e', entry)
redis.call('HSET', open, run, '0:0:' .. (seen + 1) .. ':')
redis.call('ZADD', due, now, run)
return {'ok', seen + 1, now}
