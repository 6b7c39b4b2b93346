--[[
each-index: ask the same of several indexes of one shard, as of one moment.

KEYS[1]   views      hash: which build is in use
KEYS[2]   states     set: every index by flow and state that there ever was
KEYS[3+]  indexes    sorted sets
ARGV[1]   signature  versions of the projections
ARGV[2]   command    that reads a sorted set
ARGV[3+]  argument   of the command, after its key

Returns {build in use, number of states, answer of each index...}; the caller sees by the first two whether its keys
are still all there are. Writes nothing.
Cost: O(indexes) times that of the command.
]]
local views, states = KEYS[1], KEYS[2]
local signature, command = ARGV[1], ARGV[2]
local arguments = {}
local key, argument = 3, 3
while ARGV[argument] do
  arguments[#arguments + 1] = ARGV[argument]
  argument = argument + 1
end

local answers = {redis.call('HGET', views, 'live:' .. signature), redis.call('SCARD', states)}
while KEYS[key] do
  answers[key] = redis.call(command, KEYS[key], unpack(arguments))
  key = key + 1
end
return answers
