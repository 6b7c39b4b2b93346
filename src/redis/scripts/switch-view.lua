--[[
switch-view: use the build that was made beside the one in use.

KEYS[1]   views      hash: "live:<signature>" -> build; "next:<signature>" -> build
ARGV[1]   signature  versions of the projections
ARGV[2]   build      the build that is complete

Returns the build that was in use before ("" = none), or the build itself when it is in use already; false, and changes
nothing, when the build is not the next one.
Cost: O(1).
]]
local views = KEYS[1]
local signature, build = ARGV[1], ARGV[2]
local live, next = 'live:' .. signature, 'next:' .. signature
local before = redis.call('HGET', views, live) or ''
if before == build then
  return before
end
if redis.call('HGET', views, next) ~= build then
  return false
end
redis.call('HSET', views, live, build)
redis.call('HDEL', views, next)
return before
