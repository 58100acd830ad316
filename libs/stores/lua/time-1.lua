--[[
Purpose     Tells the time of the server that holds a key, wherever it has moved to.
KEYS        1 any key, to be sent where it is; the script does not touch it
ARGV        none
Returns     {seconds, microseconds}
Complexity  O(1)
]]
return redis.call('TIME')
