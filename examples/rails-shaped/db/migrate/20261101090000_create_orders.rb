class CreateOrders < ActiveRecord::Migration[7.1]
  def change = create_table(:orders) { |table| table.string :name }
end
