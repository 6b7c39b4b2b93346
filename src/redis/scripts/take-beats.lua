--[[
take-beats: find attempts of a shard whose next heartbeat did not come in time. They are looked at again a little
later, in case that whoever asked dies; what is held no more is forgotten.

KEYS[1]   beats      sorted set: field of `attempts` -> epoch ms at which a sweeper looks at it
KEYS[2]   attempts   hash: "<run> <attempt> <task key>" -> JSON of its holder; attempt 0 = JSON of details kept for the next
ARGV[1]   limit      attempts to look at
ARGV[2]   againMs    when to look at the same attempt again

Returns a list of field, value, field, value, ...
Cost: O(limit * log(beats)).
]]
local beats, attempts = KEYS[1], KEYS[2]
local limit, againMs = ARGV[1], tonumber(ARGV[2])
local clock = redis.call('TIME')
local now = tonumber(clock[1]) * 1000 + math.floor(tonumber(clock[2]) / 1000)

local found = {}
for _, field in ipairs(redis.call('ZRANGEBYSCORE', beats, '-inf', now, 'LIMIT', 0, limit)) do
  local value = redis.call('HGET', attempts, field)
  if value then
    redis.call('ZADD', beats, now + againMs, field)
    found[#found + 1] = field
    found[#found + 1] = value
  else
    redis.call('ZREM', beats, field)
  end
end
return found
