--[[
leave: nobody has to look after a run any more that has ended: others have heard of its end.

KEYS[1]   due       sorted set: run -> epoch ms at which somebody should look after it
KEYS[2]   open      hash: run -> its record; a run that has ended is not in it
ARGV[1]   run       its id

Returns 1, or 0 when there was nothing to do, or the run is open.
Cost: O(log(due)).
]]
local due, open = KEYS[1], KEYS[2]
local run = ARGV[1]
if redis.call('HEXISTS', open, run) == 1 then
  return 0
end
return redis.call('ZREM', due, run)
