--[[
take-due: find runs of a shard whose time has come. A run without an owner is answered, and stays due a little
later, in case that the hint which follows gets lost; the owner of another one is told. A run that has ended is due
until somebody has told others of its end.

KEYS[1]   due        sorted set: run -> epoch ms at which somebody should look after it
KEYS[2]   open       hash: run -> "<epoch>:<batch>:<position>:<owner>"; owner "" = parked, "!" = blocked
ARGV[1]   limit      runs to look at
ARGV[2]   againMs    when to look at the same run again, unless somebody claims it
ARGV[3]   channels   prefix of the pub/sub channels "<prefix>wake:<worker>"

Returns {ids of the runs to be hinted, ids of runs that have ended, number of runs looked at, ms until the next one
is due; -1 = none is}.
Cost: O(limit * log(due)).
]]
local due, open = KEYS[1], KEYS[2]
local limit, againMs, channels = ARGV[1], tonumber(ARGV[2]), ARGV[3]
local clock = redis.call('TIME')
local now = tonumber(clock[1]) * 1000 + math.floor(tonumber(clock[2]) / 1000)

local found, ended = {}, {}
local runs = redis.call('ZRANGEBYSCORE', due, '-inf', now, 'LIMIT', 0, limit)
for _, run in ipairs(runs) do
  local record = redis.call('HGET', open, run)
  local owner = record and string.match(record, '^%d+:%d+:%d+:(.*)$')
  if owner == '!' then
    redis.call('ZREM', due, run)
  else
    redis.call('ZADD', due, now + againMs, run)
    if not owner then
      ended[#ended + 1] = run
    elseif owner == '' then
      found[#found + 1] = run
    else
      redis.call('PUBLISH', channels .. 'wake:' .. owner, run)
    end
  end
end
local next = redis.call('ZRANGE', due, 0, 0, 'WITHSCORES')[2]
return {found, ended, #runs, next and math.max(0, math.ceil(tonumber(next) - now)) or -1}
